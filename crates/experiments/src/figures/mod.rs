//! The pictures of `docs/lecture.md` and `docs/vorlesung.md` that need no training.

mod curves;
mod diagrams;
mod distributions;
mod polynomials;

/// The language of the words in a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English, for `docs/lecture.md`.
    English,
    /// German, the language of the lecture, for `docs/vorlesung.md`.
    German,
}

impl Language {
    /// Both languages, each with the name of its folder.
    pub const ALL: [(Self, &'static str); 2] = [(Self::English, "en"), (Self::German, "de")];

    /// Returns the words in this language.
    fn of(self, english: &str, german: &str) -> String {
        if self == Self::English { english } else { german }.to_owned()
    }
}

/// Returns the pictures that explain ideas of the lecture: names of files and their SVG documents.
///
/// They are computed in 64 bits from formulas, without a device, and coordinates are rounded to a
/// tenth of a pixel. So the bytes are the same on every machine. `docs/figures` holds them.
///
/// ```
/// use zunder_experiments::{Language, lecture_figures};
///
/// let figures = lecture_figures(Language::German);
/// assert!(figures.iter().any(|(name, svg)| *name == "losses.svg" && svg.contains("Scharnier")));
/// ```
pub fn lecture_figures(language: Language) -> Vec<(&'static str, String)> {
    let mut figures = vec![
        ("losses.svg", curves::losses(language)),
        ("line.svg", polynomials::line(language)),
        ("parts.svg", diagrams::parts(language)),
        ("confusion.svg", diagrams::confusion(language)),
        ("roc.svg", distributions::roc(language)),
        ("neuron.svg", diagrams::neuron(language)),
        ("boundary.svg", curves::boundary(language)),
        ("network.svg", diagrams::network(language)),
        ("fits.svg", polynomials::fits(language)),
        ("risks.svg", polynomials::risks(language)),
        ("momentum.svg", curves::momentum(language)),
        ("schedules.svg", curves::schedules(language)),
        ("dropout.svg", diagrams::dropout(language)),
    ];
    figures.extend(curves::activations());
    figures
}

#[cfg(test)]
mod tests;
