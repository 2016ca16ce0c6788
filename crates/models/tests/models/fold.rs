//! Models with a map of their inputs folded into the first layer.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use zunder_models::{
    ColumnMeans, Initializer, Key, LinearClassifier, LinearClassifierConfig, Mlp, MlpConfig, Norm,
    ResidualMlp, ResidualMlpConfig,
};

/// Average pooling of images of 2 x 4 x 6 by 2.
fn pooling() -> ColumnMeans {
    let columns = (0..2).flat_map(|channel| {
        (0..2).flat_map(move |y| {
            (0..3).flat_map(move |x| {
                [[0, 0], [0, 1], [1, 0], [1, 1]]
                    .map(|[below, beside]| (channel * 4 + 2 * y + below) * 6 + 2 * x + beside)
            })
        })
    });
    ColumnMeans::new(48, 4, columns.collect()).unwrap()
}

fn check<M: Module>(
    model: &M,
    fold: fn(M, &ColumnMeans) -> M,
    scores: fn(&M, Tensor<2>) -> Tensor<2>,
) {
    let x = Initializer::He.weights(7, 48, Key::new(3), &Device::flex()).mul_scalar(5.0);
    let expected = scores(model, pooling().forward(x.clone()));
    let got = scores(&fold(model.clone(), &pooling()), x);
    assert_eq!(got.dims(), [7, 3]);
    assert!((got - expected).abs().max().into_scalar::<f32>() < 1e-5, "{model:?}");
}

#[test]
fn folded_models_score_images_as_the_others_score_their_means() {
    let (device, key) = (Device::flex(), Key::new(1));
    let (inputs, classes) = (pooling().outputs(), 3);
    assert_eq!(inputs, 12);
    let linear = LinearClassifierConfig::default().init(inputs, classes, key, &device).unwrap();
    check(&linear, LinearClassifier::fold, LinearClassifier::forward);
    for batch_norm in [false, true] {
        let config = MlpConfig { hidden: vec![9, 5], batch_norm, ..MlpConfig::default() };
        let mlp = config.init(inputs, classes, key, &device).unwrap();
        check(&mlp, Mlp::fold, Mlp::forward);
    }
    for norm in [Norm::Layer, Norm::Batch] {
        let config = ResidualMlpConfig { width: 8, depth: 2, norm, ..ResidualMlpConfig::default() };
        let residual = config.init(inputs, classes, key, &device).unwrap();
        check(&residual, ResidualMlp::fold, ResidualMlp::forward);
    }
}
