//! Many tests at once: Benjamini-Hochberg. One family per section of a report; its size is
//! printed with the result. It never decides what belongs to a family.

use super::number::size;

/// False discovery rate at which findings are kept.
pub const Q: f64 = 0.05;

/// Adjusted p of each test (Benjamini and Hochberg, 1995), in the order of the input. A test
/// without p stays without and is not counted.
#[must_use]
pub fn benjamini_hochberg(p: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<(usize, f64)> =
        p.iter().enumerate().filter_map(|(at, p)| p.map(|p| (at, p))).collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let family = size(order.len());
    let mut adjusted = vec![None; p.len()];
    let mut least = 1.0_f64;
    for (rank, (at, p)) in order.into_iter().enumerate().rev() {
        least = least.min(p * family / (size(rank) + 1.0));
        if let Some(slot) = adjusted.get_mut(at) {
            *slot = Some(least);
        }
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::super::golden::{close, golden, numbers};
    use super::*;

    #[test]
    fn ten_p_values_match_the_golden_in_any_order() {
        let p = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216];
        let want = [0.01, 0.04, 0.084, 0.084, 0.084, 0.1, 0.105_714_285_714, 0.216, 0.216, 0.216];
        for reversed in [false, true] {
            let mut input: Vec<Option<f64>> = p.iter().map(|&p| Some(p)).collect();
            let mut want = want.to_vec();
            if reversed {
                input.reverse();
                want.reverse();
            }
            let got = benjamini_hochberg(&input);
            for (got, want) in got.iter().zip(&want) {
                close(got.unwrap(), *want, "adjusted");
            }
            assert_eq!(got.iter().filter(|p| p.unwrap() <= Q).count(), 2);
        }
    }

    #[test]
    fn adjusted_p_agrees_with_statsmodels() {
        let case = golden("bh");
        let p: Vec<Option<f64>> = numbers(&case["p"]).into_iter().map(Some).collect();
        for (got, want) in benjamini_hochberg(&p).into_iter().zip(numbers(&case["adjusted"])) {
            close(got.unwrap(), want, "adjusted");
        }
    }

    #[test]
    fn rows_without_p_do_not_enlarge_the_family() {
        assert_eq!(benjamini_hochberg(&[None, Some(0.02), None]), vec![None, Some(0.02), None]);
        assert!(benjamini_hochberg(&[]).is_empty());
    }
}
