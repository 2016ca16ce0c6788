//! The double descent: beyond the capacity that fits every training label, more capacity makes the
//! test error fall again.

mod features;
mod images;
mod network;

use burn::tensor::Device;
use toml::Value;
use zunder::RunConfig;
use zunder_data::Dataset;

use self::features::RandomFeatures;
use self::images::Images;
use self::network::Networks;
use crate::experiment::{Experiment, Program};
use crate::{ExperimentConfig, ExperimentError, Findings, Watch};

/// The share of training labels that are wrong, for the network.
const LABEL_NOISE: f64 = 0.3;

pub(super) const DOUBLE_DESCENT: Experiment = Experiment {
    name: "double-descent",
    title: "The double descent",
    source: "Lecture 6a.2, \"Kapazität eines Neuronalen Netzwerks\" and \"Phänomen des ‚Doppelten \
        Abstiegs‘\"; Belkin et al. 2019, \"Reconciling modern machine-learning practice and the \
        classical bias–variance trade-off\"",
    question: "Does a network that is just large enough to learn every label by heart generalise \
        worst, and a far larger one better again? First for random features, where the answer is \
        exact, then for networks on small images.",
    kind: &Program {
        run,
        takes: &["data.", "label_noise", "optimizer.weight_decay"],
        off: &["optimizer.weight_decay=0.05"],
        chance: true,
    },
};

fn run(
    config: &ExperimentConfig,
    watch: &mut dyn Watch,
) -> Result<Option<Findings>, ExperimentError> {
    let feature_seeds = config.seeds_or(if config.quick { 5 } else { 10 })?;
    // As many in a quick run: with fewer, chance hides how far the loss falls.
    let seeds = config.seeds_or(5)?;
    let Settings { data, noise, decay } = Settings::read(&config.settings)?;
    let device = zunder::device(zunder::compiled_in().first().map_or("flex", String::as_str))?;
    watch.progressed(0, 100, "reading the images");
    let dataset = data.data.load()?;
    let features =
        if config.quick { RandomFeatures::QUICK } else { RandomFeatures::FULL }.with_decay(decay);
    let networks = Networks { decay, ..Networks::new(config.quick, data.data.limit, noise) };
    both(&features, &feature_seeds, &networks, &seeds, &dataset, &device, watch)
}

fn both(
    features: &RandomFeatures,
    feature_seeds: &[u64],
    networks: &Networks,
    seeds: &[u64],
    dataset: &Dataset,
    device: &Device,
    watch: &mut dyn Watch,
) -> Result<Option<Findings>, ExperimentError> {
    // The network takes nearly all of the time.
    let total = networks.steps(seeds) + 2;
    watch.progressed(0, total, "random features");
    let Some(linear) = features.run(feature_seeds, &watch.interrupt()) else { return Ok(None) };
    let images = Images::new(dataset);
    let Some(deep) = networks.run(&images, seeds, device, &mut |done, doing| {
        watch.progressed(done + 1, total, doing);
        watch.interrupt()
    })?
    else {
        return Ok(None);
    };
    watch.progressed(total, total, "pictures");
    Ok(Some(Findings {
        see: vec![
            "Where there are as many features as training points, the fit must bend to every wrong \
             label in the only way there is, and the test error has a peak.".to_owned(),
            "With more features there are many ways to fit all points, the one of least norm is \
             taken, and the error falls a second time.".to_owned(),
            "The network's loss on new images does the same: it is worst at the width that first \
             fits the wrong labels, and wider networks, which fit them too, are better \
             again.".to_owned(),
        ],
        claims: [features.claims(&linear), networks.claims(&deep)].concat(),
        figures: vec![features.figure(&linear), networks.figure(&deep)],
        tables: vec![features.table(&linear), networks.table(&deep)],
        setting: [features.setting(feature_seeds), networks.setting(&images, dataset, seeds)]
            .concat(),
        banner: dataset.synthetic.then(|| {
            "The network was trained on the synthetic set, drawn by a program: its errors \
                say nothing about photographs."
                .to_owned()
        }),
    }))
}

/// What may be set.
struct Settings {
    data: RunConfig,
    noise: f64,
    /// The weight decay of both: with it, no label is learnt by heart, and there is no peak.
    decay: f64,
}

/// The settings of the data that have a use here: which set, and how many training images.
const DATA: [&str; 6] = [
    "data.dataset",
    "data.dir",
    "data.classes",
    "data.limit",
    "data.record_shape",
    "data.image_folder.",
];

impl Settings {
    fn read(settings: &[(Vec<String>, Value)]) -> Result<Self, ExperimentError> {
        let (mut noise, mut decay) = (LABEL_NOISE, 0.0);
        let mut layers = vec![zunder::parse_setting("data.dataset=shapes")?];
        for (path, value) in settings {
            let key = path.join(".");
            let number = value.as_float().or_else(|| value.as_integer().map(|value| value as f64));
            let refuse = |expected: String| {
                Err(ExperimentError::Setting {
                    setting: "setting",
                    got: format!("{key} = {value}"),
                    expected,
                })
            };
            match number {
                Some(share) if key == "label_noise" && (0.0..1.0).contains(&share) => noise = share,
                _ if key == "label_noise" => return refuse("a share of 0 to below 1".to_owned()),
                Some(weight) if key == "optimizer.weight_decay" && weight >= 0.0 => decay = weight,
                _ if key == "optimizer.weight_decay" => {
                    return refuse("a number of at least 0".to_owned());
                }
                _ if DATA.iter().any(|known| {
                    key == *known || known.ends_with('.') && key.starts_with(known)
                }) =>
                {
                    layers.push((path.clone(), value.clone()));
                }
                _ => {
                    return refuse(format!(
                        "one of label_noise, optimizer.weight_decay, {}",
                        DATA.join(", ")
                    ));
                }
            }
        }
        Ok(Self { data: RunConfig::from_layers(None, &layers)?, noise, decay })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_use_is_refused() {
        let read = |texts: &[&str]| {
            let settings: Vec<_> =
                texts.iter().map(|text| zunder::parse_setting(text).unwrap()).collect();
            Settings::read(&settings)
                .map(|settings| (settings.data.data.limit, settings.noise))
                .map_err(|error| error.to_string())
        };
        assert_eq!(read(&["data.limit=300", "label_noise=0"]).unwrap(), (Some(300), 0.0));
        for refused in [
            "data.validation=0.2",
            "label_noise=1",
            "label_noise=some",
            "data.sampling=balanced",
            "optimizer.weight_decay=-1",
        ] {
            let message = read(&[refused]).unwrap_err();
            assert!(message.contains(refused.split('=').next().unwrap()), "{message}");
        }
    }
}
