//! Tests of the losses against the lecture's examples.

use super::*;

/// Lecture 6a.3, the table of the hinge loss: columns of scores for cat, dog and bird, with the
/// losses 3.0, 0 and 16.2. The true classes are only shown as pictures; each loss is that of
/// exactly one class.
#[test]
fn the_lectures_hinge_table() {
    let columns = [[3.0, 1.0, -2.5], [3.0, -5.0, 1.5], [1.0, 3.2, -5.0]];
    let labels = [1, 0, 2];
    for ((scores, label), expected) in columns.iter().zip(labels).zip([3.0, 0.0, 16.2]) {
        let (value, _) = Batch::of_classes(&[*scores], &[label]).loss_and_gradient(&plain("hinge"));
        assert!((value - expected).abs() < 1e-5, "{scores:?}: {value}");
        for other in (0..3).filter(|other| *other != label) {
            let (value, _) =
                Batch::of_classes(&[*scores], &[other]).loss_and_gradient(&plain("hinge"));
            assert!((value - expected).abs() > 0.1, "{scores:?} of class {other}: {value}");
        }
    }
    let (mean, _) = Batch::of_classes(&columns, &labels).loss_and_gradient(&plain("hinge"));
    assert!((mean - 6.4).abs() < 1e-5);
}

/// Lecture 6a.3, the example of softmax: scores 3, 1, -2.5 give 0.8776, 0.1188, 0.0036 (the slide
/// prints 0.87, 0.12 and 0.00), and the second class the loss 2.1305 (the slide prints 2.12, which
/// is -ln 0.12).
#[test]
fn the_lectures_softmax_example() {
    let probabilities = [0.8776, 0.1188, 0.0036];
    for (label, p) in probabilities.iter().enumerate() {
        let (value, gradient) = Batch::of_classes(&[[3.0, 1.0, -2.5]], &[label as u32])
            .loss_and_gradient(&Loss::default());
        assert!(((-value).exp() - p).abs() < 5e-5, "class {label}: {value}");
        // The gradient with respect to the scores is softmax - onehot.
        for (k, (g, p)) in gradient.iter().zip(probabilities).enumerate() {
            assert!((g - (p - f64::from(u8::from(k == label)))).abs() < 5e-5, "{gradient:?}");
        }
    }
    let exact = -(1_f64.exp() / (3_f64.exp() + 1_f64.exp() + (-2.5_f64).exp())).ln();
    assert!((exact - 2.130_521).abs() < 5e-7 && (-(0.12_f64.ln()) - 2.120_264).abs() < 5e-7);
    assert!(
        (Batch::of_classes(&[[3.0, 1.0, -2.5]], &[1]).loss_and_gradient(&Loss::default()).0
            - exact)
            .abs()
            < 1e-6
    );
}
