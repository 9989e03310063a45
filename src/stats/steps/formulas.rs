//! Where the formulas of the steps come from, for the reference page of metrics. It computes
//! nothing.

/// Step and the source of what it computes, in the order of the reference page.
pub const FORMULAS: &[(&str, &str)] = &[
    ("ratio", "quotient of two sums"),
    (
        "proportion",
        "Wilson 1927 for display, Clopper and Pearson 1934 for verdicts; where failures come in bad \
         nights, Korn and Graubard 1998 and a bootstrap of nights; Benjamini and Hochberg 1995 over \
         the rows",
    ),
    ("count_rate", "Garwood 1936"),
    (
        "survival",
        "Kaplan and Meier 1958; intervals of medians by Brookmeyer and Crowley 1982 on the log-log \
         band",
    ),
    ("quantiles", "sample quantiles; intervals from order statistics (binomial distribution)"),
    (
        "compare",
        "ratio of rates: exact, conditional on the sum (Clopper and Pearson 1934), Fisher 1935; \
         difference of rates: Newcombe 1998; durations: log-rank (Mantel 1966); samples: Mann and \
         Whitney 1947, Hodges and Lehmann 1963, Cliff 1993, Welch 1947",
    ),
    ("adjust", "Benjamini and Hochberg 1995"),
    ("shrink", "beta-binomial model, prior by maximum likelihood"),
    ("standardise", "direct standardisation with the weights of the base period"),
    ("retry_curve", "1 − Π(1 − h) over the attempts, chains that stop earlier censored"),
    ("bridge", "differences of exact fractions"),
    ("baseline", "median and median absolute deviation of the logarithms"),
    (
        "changepoints",
        "E-divisive (Matteson and James 2014) with a t test; PELT (Killick, Fearnhead and Eckley \
         2012) as second opinion",
    ),
    ("correlate", "Spearman 1904, interval by block bootstrap"),
    ("exposure", "t − data of the newest usable point, integrated exactly"),
    (
        "experiment",
        "CUPED (Deng, Xu, Kohavi and Walker 2013), Welch 1947, Brunner and Munzel 2000; mixture \
         sequential probability ratio test for looks before the end",
    ),
    ("finding", "words of a verdict"),
    ("forecast", "methods chosen by rolling-origin back-test; conformal intervals from its errors"),
];

#[cfg(test)]
mod tests {
    #[test]
    fn every_step_says_where_its_formula_comes_from() {
        let names = |list: &[(&'static str, &str)]| list.iter().map(|e| e.0).collect::<Vec<_>>();
        assert_eq!(names(super::FORMULAS), names(super::super::EXAMPLES));
    }
}
