//! The lecture's own numbers, computed by the code that trains the networks.

mod losses;
mod neuron;
mod optimizers;
mod printed;

use burn::tensor::Device;
use zunder_report::Table;

use self::losses::Columns;
use self::neuron::Layer;
use self::optimizers::Parameters;
use super::backprop::{CROSS_ENTROPY, HINGE, NEURON};
use crate::experiment::{Experiment, Program};
use crate::{Claim, ExperimentConfig, ExperimentError, Findings, Watch};

pub(super) const EXAMPLES: Experiment = Experiment {
    name: "examples",
    title: "The lecture's own numbers",
    source: "Lecture 6a.2, \"Künstliche Neurone: Matrix-Notation\" and \"Training einer Linearen \
        Bildklassifikation\"; 6a.3, \"Beispiel: Hinge-Loss für mehrere Klassen\", \
        \"Probabilistische Vorhersagen mittels Softmax\", \"Kreuzentropie als Verlustfunktion\" \
        and \"Adaptive Lernraten: AdaGrad und Adam\"",
    question: "Does the code that trains the networks give the numbers on the slides? Each example \
        is computed by it, beside the figure that the slide prints.",
    kind: &Program { run, takes: &[], controls: &[], chance: false },
};

/// The numbers of all examples.
struct Numbers {
    layer: Layer,
    columns: Columns,
    parameters: Parameters,
}

impl Numbers {
    const LECTURE: Self =
        Self { layer: Layer::LECTURE, columns: Columns::LECTURE, parameters: Parameters::CHOSEN };
}

/// The tables and claims of an example.
#[derive(Default)]
struct Section {
    tables: Vec<Table>,
    claims: Vec<Claim>,
}

fn run(
    _config: &ExperimentConfig,
    watch: &mut dyn Watch,
) -> Result<Option<Findings>, ExperimentError> {
    watch.progressed(0, 1, "the examples");
    let device = zunder::device(zunder::compiled_in().first().map_or("flex", String::as_str))?;
    computed(&Numbers::LECTURE, &device).map(Some)
}

fn computed(numbers: &Numbers, device: &Device) -> Result<Findings, ExperimentError> {
    let sections = [
        numbers.layer.section(device)?,
        numbers.columns.section(device)?,
        numbers.parameters.section(device)?,
    ];
    let mut figures = Vec::new();
    for example in [NEURON, HINGE, CROSS_ENTROPY] {
        figures.push(example.evaluated()?.figure);
    }
    let (mut tables, mut claims) = (Vec::new(), Vec::new());
    for section in sections {
        tables.extend(section.tables);
        claims.extend(section.claims);
    }
    Ok(Findings {
        see: vec![
            "The slides round, and sometimes cut: softmax gives 0.8776, which stands there as \
             0.87, and the cross-entropy 2.12 is computed from the rounded probability 0.12. Full \
             precision gives 2.1305."
                .to_owned(),
            "The scores of cat, dog and bird cannot be recomputed: the slide shows three of the \
             12,288 numbers of the image. Those three alone, with the bias, give 1160.4, -673 and \
             443.5."
                .to_owned(),
            "AdaGrad and Adam move both parameters by the learning rate in their first step, \
             however different the gradients are. In the second step the first gradient has \
             turned round: Adam, which averages the two, hardly moves that parameter."
                .to_owned(),
        ],
        claims,
        figures,
        tables,
        setting: vec![
            (
                "computed by".to_owned(),
                "LinearClassifier, Activation, Loss, softmax and the optimizers of Zunder, in 32 \
                 bits"
                    .to_owned(),
            ),
            (
                "the slide's figure".to_owned(),
                "agrees if the computed number, rounded or cut to as many decimals, is that figure"
                    .to_owned(),
            ),
            (
                "AdaGrad and Adam".to_owned(),
                "have no numbers and no formulas on the slides. The formulas are those of Duchi et \
                 al. 2011, s := s + g², w -= rate · g / √s, and of Kingma and Ba 2015, w -= rate · \
                 m / √v, where m and v are means of g and g², corrected for their start"
                    .to_owned(),
            ),
            ("chance".to_owned(), "none: the results are the same each time".to_owned()),
        ],
        ..Findings::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(numbers: &Numbers) -> Vec<bool> {
        let findings = computed(numbers, &Device::flex()).unwrap();
        findings.claims.iter().map(|claim| claim.holds).collect()
    }

    #[test]
    fn the_lecture_s_numbers_come_out() {
        let findings = computed(&Numbers::LECTURE, &Device::flex()).unwrap();
        assert!(findings.claims.len() == 8 && findings.all_hold(), "{:#?}", findings.claims);
        let text: String = findings.tables.iter().map(Table::text).collect();
        for number in
            ["1160.4", "-673", "443.5", "16.2", "0.8776", "0.1188", "0.0036", "2.1305", "20.0855"]
        {
            assert!(text.contains(number), "{number}: {text}");
        }
        assert_eq!(findings.figures.len(), 3);
    }

    /// Other numbers than the lecture's: each claim that compares with a slide must fail, and the
    /// identities must hold.
    #[test]
    fn other_numbers_are_noticed() {
        let layer = Layer { bias: [-1.5, 2.0, 0.0], ..Layer::LECTURE };
        assert_eq!(
            holds(&Numbers { layer, ..Numbers::LECTURE }),
            [false, true, true, true, true, true, true, true]
        );
        let columns = Columns { classes: [1, 0, 0], ..Columns::LECTURE };
        assert_eq!(
            holds(&Numbers { columns, ..Numbers::LECTURE }),
            [true, true, false, true, true, true, false, true]
        );
        let scores = [[3.0, 1.3, -2.5], [3.0, -5.0, 1.5], [1.0, 3.2, -5.0]];
        let columns = Columns { scores, ..Columns::LECTURE };
        assert_eq!(
            holds(&Numbers { columns, ..Numbers::LECTURE })[2..7],
            [false, false, false, true, false]
        );
    }

    /// Without the input that is always 1 the bias is lost, and equal gradients need no adaptive
    /// rates.
    #[test]
    fn identities_and_steps_need_their_cause() {
        let layer = Layer { always_on: 0.0, ..Layer::LECTURE };
        assert!(!holds(&Numbers { layer, ..Numbers::LECTURE })[1]);
        let parameters = Parameters { gradients: [[2.0, 2.0]; 2] };
        assert!(!holds(&Numbers { parameters, ..Numbers::LECTURE })[7]);
    }
}
