//! Polynomials that are fitted by least squares.

use super::super::least_squares::least_squares;

/// A polynomial on -1 to 1, as a sum of Legendre polynomials, which have similar magnitudes there:
/// the penalty affects all degrees alike, and high degrees lose no precision.
pub(crate) struct Polynomial {
    coefficients: Vec<f64>,
}

impl Polynomial {
    /// Fits the polynomial of a degree with the least mean squared loss on the points plus `nu`
    /// times the sum of the squared coefficients. NaN if the points do not determine it.
    pub(crate) fn fit(points: &[(f64, f64)], degree: usize, nu: f64) -> Self {
        let rows: Vec<Vec<f64>> = points.iter().map(|(x, _)| legendre(*x, degree)).collect();
        let y: Vec<f64> = points.iter().map(|(_, y)| *y).collect();
        let coefficients = least_squares(&rows, &y, nu * points.len() as f64)
            .unwrap_or_else(|| vec![f64::NAN; degree + 1]);
        Self { coefficients }
    }

    pub(crate) fn value(&self, x: f64) -> f64 {
        legendre(x, self.coefficients.len().saturating_sub(1))
            .iter()
            .zip(&self.coefficients)
            .map(|(p, c)| p * c)
            .sum()
    }
}

/// Returns the Legendre polynomials of degree 0 to `degree` at x:
/// `(n + 1) P(n+1) = (2n + 1) x P(n) - n P(n-1)`.
fn legendre(x: f64, degree: usize) -> Vec<f64> {
    let mut values = vec![1.0, x];
    for n in 1..degree {
        let k = n as f64;
        values.push(((2.0 * k + 1.0) * x * values[n] - k * values[n - 1]) / (k + 1.0));
    }
    values.truncate(degree + 1);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legendre_s_polynomials() {
        let x: f64 = 0.3;
        let expected = [1.0, x, 0.5 * (3.0 * x * x - 1.0), 0.5 * (5.0 * x.powi(3) - 3.0 * x)];
        assert!(
            legendre(x, 3)
                .iter()
                .zip(expected)
                .all(|(got, expected)| (got - expected).abs() < 1e-12)
        );
        assert_eq!((legendre(x, 0).len(), legendre(1.0, 9)), (1, vec![1.0; 10]));
    }

    #[test]
    fn a_polynomial_is_found_again_and_a_penalty_shrinks_it() {
        let f = |x: f64| 1.0 - 2.0 * x + x.powi(3);
        let points: Vec<(f64, f64)> =
            (0..9).map(|i| f64::from(i) / 4.0 - 1.0).map(|x| (x, f(x))).collect();
        let fitted = Polynomial::fit(&points, 5, 0.0);
        assert!((fitted.value(0.123) - f(0.123)).abs() < 1e-10);
        let size = |nu: f64| {
            Polynomial::fit(&points, 5, nu).coefficients.iter().map(|c| c * c).sum::<f64>()
        };
        assert!(size(0.0) > size(0.1) && size(0.1) > size(10.0));
    }
}
