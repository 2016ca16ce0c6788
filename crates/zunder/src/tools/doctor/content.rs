//! Checks that the training images have content.

use zunder_data::Variation;

use super::check::{Check, Verdict};

/// Checks how many training images have only one colour, and how many channels are constant.
pub(super) fn check(variation: &Variation) -> Check {
    let value = format!(
        "{} of {} training images of one colour (few), {} constant channels (0)",
        variation.flat,
        variation.images,
        variation.constant.len()
    );
    let check = Check::good("content", value);
    let remarks = variation.remarks();
    if remarks.is_empty() {
        return check;
    }
    let nothing = variation.same || variation.flat == variation.images;
    let verdict =
        if nothing || !variation.constant.is_empty() { Verdict::Fault } else { Verdict::Warning };
    Check { verdict, advice: remarks.join("; "), ..check }
}

#[cfg(test)]
mod tests {
    use zunder_data::{ImageShape, Images};

    use super::*;

    fn checked(pixels: Vec<u8>) -> Check {
        let shape = ImageShape { channels: 1, height: 1, width: 2 };
        let n = pixels.len() / 2;
        let images = Images::new(shape, pixels, vec![0; n], 1).unwrap();
        check(&Variation::of(&images, &(0..n as u32).collect::<Vec<_>>()))
    }

    #[test]
    fn images_that_show_nothing_are_a_fault() {
        assert_eq!(checked(vec![0, 90, 7, 100]).verdict, Verdict::Good);
        assert_eq!(checked(vec![0, 0, 7, 7, 8, 90]).verdict, Verdict::Warning);
        let same = checked(vec![0, 90, 0, 90]);
        assert!(
            same.verdict == Verdict::Fault
                && same.advice.starts_with("all 2 training images are equal"),
            "{same:?}"
        );
        assert_eq!(checked(vec![3, 3, 90, 90]).verdict, Verdict::Fault);
    }
}
