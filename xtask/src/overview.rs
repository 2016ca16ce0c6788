//! The main help: commands grouped by themes, and examples.

use std::fmt::Write as _;

use clap::Command;

/// The themes with their commands. Other commands come last.
const THEMES: [(&str, &[&str]); 5] = [
    ("Train", &["train-cifar", "train", "find-lr", "sweep", "doctor", "config"]),
    ("Look at runs", &["report", "evaluate", "compare", "predict", "export", "import"]),
    ("Understand", &["experiment"]),
    ("Data", &["fetch", "preview"]),
    ("This machine", &["devices", "serve-device", "bench", "completions"]),
];

const EXAMPLES: &str = "\
Examples:
  train-cifar                      CIFAR-10, downloaded if necessary, or a synthetic set
  train-cifar --model linear       the linear classifier
  train-cifar --resume runs/NAME   continue an interrupted run
  train --dataset folder --data-dir photos
                                   images of your own, one subfolder per class
  doctor --dataset folder --data-dir photos
                                   check data and model before a long run
  config --preset mlp > my.toml    all settings; then train --config my.toml
  evaluate runs/NAME               evaluate its test again, in detail
  experiment list                  the experiments of the lecture
  predict runs/NAME cat.jpg        classify an image of your own";

/// Adds a help that groups the commands by themes.
pub fn by_theme(command: Command) -> Command {
    let about = |name: &str| {
        command
            .find_subcommand(name)
            .and_then(|found| Some((name.to_owned(), found.get_about()?.to_string())))
    };
    let mut text = String::new();
    for (theme, names) in THEMES {
        list(&mut text, theme, names.iter().filter_map(|name| about(name)));
    }
    let placed: Vec<&str> = THEMES.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    let others =
        command.get_subcommands().map(Command::get_name).filter(|name| !placed.contains(name));
    list(&mut text, "More", others.filter_map(about));
    text.push_str(EXAMPLES);
    command.after_help(text).help_template(
        "{about-with-newline}\n{usage-heading} {usage}{after-help}\n\nOptions:\n{options}",
    )
}

/// Adds a theme with its commands, unless it has none.
fn list(text: &mut String, theme: &str, commands: impl Iterator<Item = (String, String)>) {
    let lines: Vec<String> =
        commands.map(|(name, about)| format!("  {name:<12} {about}\n")).collect();
    if !lines.is_empty() {
        let _ = writeln!(text, "{theme}:\n{}", lines.concat());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_listed_once() {
        let command = |name: &'static str| Command::new(name).about(format!("does {name}"));
        let help = by_theme(
            Command::new("zunder")
                .about("About.")
                .subcommands(["train", "doctor", "fly"].map(command)),
        )
        .render_help()
        .to_string();
        for line in [
            "Train:\n  train        does train\n  doctor       does doctor\n",
            "More:\n  fly          does fly\n",
            "Examples:",
            "Usage: ",
        ] {
            assert_eq!(help.matches(line).count(), 1, "{line:?} in {help}");
        }
        assert!(!help.contains("Data:"), "{help}");
    }
}
