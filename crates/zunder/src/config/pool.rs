//! Average pooling of the images in front of the network.

use zunder_data::ImageShape;

use crate::RunError;

/// Checks that images can be divided into blocks of `pool` x `pool` pixels.
///
/// # Errors
/// Returns [`RunError::Config`] unless `pool` divides height and width.
pub(crate) fn check_pool(pool: usize, shape: ImageShape) -> Result<(), RunError> {
    let ImageShape { height, width, .. } = shape;
    let divides =
        |pool: usize| pool > 0 && height.is_multiple_of(pool) && width.is_multiple_of(pool);
    if divides(pool) {
        return Ok(());
    }
    let others: Vec<String> = (1..=height.min(width))
        .filter(|&pool| divides(pool))
        .map(|pool| pool.to_string())
        .collect();
    let problem = format!(
        "pool is {pool}, expected a divisor of the images' height {height} and width {width}: {} \
         (--pool 1 for no pooling, --image-size for another size of the images of a folder)",
        others.join(", ")
    );
    Err(RunError::config("configuration", problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_must_fill_the_image() {
        let shape = |height, width| ImageShape { channels: 3, height, width };
        for pool in [1, 2, 4, 8, 16, 32] {
            assert!(check_pool(pool, shape(32, 32)).is_ok(), "{pool}");
        }
        assert!(check_pool(2, shape(6, 4)).is_ok());
        for pool in [0, 3, 5, 6, 64] {
            let error = check_pool(pool, shape(6, 4)).unwrap_err().to_string();
            let expected = format!(
                "pool is {pool}, expected a divisor of the images' height 6 and width 4: 1, 2"
            );
            assert!(error.contains(&expected), "{error}");
        }
    }
}
