//! The two helps of a command: `-h` and `--help` show the most used flags with one line each;
//! `--help-all` shows and explains all flags.

use clap::{Arg, ArgAction, Command};
use zunder::program;

/// Adds both helps to each command with flags that the short help abbreviates or hides.
pub fn with_short_help(command: Command) -> Command {
    // A sweep trains no cross-validation, so only its long help has the flag.
    let command = command
        .mut_subcommand("sweep", |sweep| sweep.mut_arg("folds", |arg| arg.hide_short_help(true)));
    let says_more = |arg: &Arg| arg.is_hide_short_help_set() || arg.get_long_help().is_some();
    let hides = |command: &Command| command.get_arguments().any(says_more);
    let long: Vec<String> = command
        .get_subcommands()
        .filter(|command| hides(command))
        .map(|command| command.get_name().to_owned())
        .collect();
    long.into_iter().fold(command, |command, name| command.mut_subcommand(name, with_both))
}

fn with_both(command: Command) -> Command {
    let hidden = command.get_arguments().filter(|arg| arg.is_hide_short_help_set()).count();
    let (program, name) = (program(), command.get_name().to_owned());
    let sets = command.get_arguments().any(|arg| arg.get_id() == "settings");
    let more = match hidden {
        0 => "All flags explained".to_owned(),
        n => format!("{n} more flags, and explanations of all"),
    };
    let help = Arg::new("help")
        .short('h')
        .long("help")
        .action(ArgAction::HelpShort)
        .help_heading(None::<&str>);
    let all = Arg::new("help_all")
        .long("help-all")
        .action(ArgAction::HelpLong)
        .help_heading(None::<&str>);
    command
        .disable_help_flag(true)
        .arg(help.help("Show the most used flags"))
        .arg(all.help("Show and explain all flags"))
        .after_help(format!("{more}: {program} {name} --help-all"))
        .after_long_help(if sets {
            format!("All settings: {program} config")
        } else {
            String::new()
        })
}

#[cfg(test)]
mod tests {
    /// All flags that the parser knows are in the long help.
    #[test]
    fn the_long_help_has_every_flag() {
        let mut command = crate::command();
        command.build();
        let mut flags = 0;
        for command in command.get_subcommands_mut() {
            let long: Vec<String> = command
                .get_arguments()
                .filter_map(|arg| arg.get_long().map(str::to_owned))
                .collect();
            let help = command.clone().term_width(100).render_long_help().to_string();
            for flag in &long {
                assert!(help.contains(&format!("--{flag}")), "{}: --{flag}", command.get_name());
            }
            flags += long.len();
        }
        assert!(flags > 200, "{flags}");
    }
}
