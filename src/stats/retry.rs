//! Success by attempt. Chains that stop earlier are censored: only runs that made an attempt
//! count for it, so the cumulative share is not "ok so far / all runs".

use super::proportion::share;

/// One attempt number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attempt {
    /// Share of this attempt that succeeded; none when nobody made it.
    pub hazard: Option<f64>,
    /// P(ok by this attempt) = 1 − Π(1 − h).
    pub cumulative: Option<f64>,
    /// Rise of `cumulative` over the attempt before.
    pub gain: Option<f64>,
}

/// The retry curve of `(made, ok)` per attempt 1, 2, ...
#[must_use]
pub fn retry_curve(attempts: &[(u64, u64)]) -> Vec<Attempt> {
    let mut open = 1.0;
    let mut is_known = true;
    let step = |&(made, ok): &(u64, u64)| {
        let hazard = share(ok, made);
        is_known &= hazard.is_some();
        let before = open;
        open *= 1.0 - hazard.unwrap_or(0.0);
        let known = |value: f64| is_known.then_some(value);
        Attempt { hazard, cumulative: known(1.0 - open), gain: known(before - open) }
    };
    attempts.iter().map(step).collect()
}

/// Largest attempt (1-based) whose gain is at least `least_gain`; none when no attempt has it.
#[must_use]
pub fn proposed_limit(curve: &[Attempt], least_gain: f64) -> Option<usize> {
    curve.iter().rposition(|a| a.gain.is_some_and(|gain| gain >= least_gain)).map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::super::golden::close;
    use super::*;

    #[test]
    fn the_golden_chain_of_a_hundred_runs() {
        let curve = retry_curve(&[(100, 90), (8, 6)]);
        close(curve[0].hazard.unwrap(), 0.9, "h1");
        close(curve[1].hazard.unwrap(), 0.75, "h2");
        close(curve[1].cumulative.unwrap(), 0.975, "ok by 2");
        assert_eq!(proposed_limit(&curve, 0.01), Some(2));
        assert_eq!(proposed_limit(&curve, 0.08), Some(1));
    }

    #[test]
    fn behind_an_attempt_that_nobody_made_nothing_is_known() {
        let curve = retry_curve(&[(10, 5), (0, 0), (3, 1)]);
        assert_eq!(curve[1].hazard, None);
        assert_eq!(curve[2].cumulative, None);
        assert_eq!(proposed_limit(&[], 0.01), None);
    }
}
