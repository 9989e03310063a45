//! The whole forecast: planted series with known answers, refusals, and a coverage simulation.

use super::super::random::Random;
use super::*;

fn walk(n: usize, start: f64, drift: f64, noise: f64, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed);
    let mut level = start;
    let step = |_| {
        level += drift + noise * random.normal();
        level
    };
    (0..n).map(step).collect()
}

fn ask(values: &[f64], horizon: usize, limit: f64) -> Result<Answer, Refusal> {
    let limit = [limit];
    let limit = Some(Limit::at(&limit));
    forecast(&Question { values, horizon, limit, seed: 1, ..Question::default() })
}

#[test]
fn a_steady_growth_gives_a_date_with_its_interval() {
    let values = walk(200, 1000.0, 2.0, 1.0, 3);
    let last = values[199];
    let answer = ask(&values, 365, last + 200.0).unwrap();
    let crossing = answer.reach(1.0).unwrap();
    let (p10, p50, p90) = (crossing.p10.unwrap(), crossing.p50.unwrap(), crossing.p90.unwrap());
    assert!(p10 < p50 && p50 < p90);
    assert!((p50 - 100.0).abs() < 15.0, "{p50}");
    assert!((answer.growth - 2.0).abs() < 0.3, "{}", answer.growth);
    assert!(answer.back_test.origins == 12 && answer.back_test.mase.unwrap() > 0.0);
    assert!(answer.shifts.is_empty(), "{:?}", answer.shifts);
}

#[test]
fn after_a_deletion_only_what_follows_is_used() {
    let mut values = walk(120, 1000.0, 2.0, 1.0, 4);
    let after = walk(60, values[119] - 400.0, 2.0, 1.0, 5);
    values.extend(after);
    let answer = ask(&values, 365, values[179] + 100.0).unwrap();
    assert_eq!(answer.shifts.last().map(|s| s.at), Some(120));
    assert_eq!(answer.n_used, 60);
    let p50 = answer.reach(1.0).unwrap().p50.unwrap();
    assert!((p50 - 50.0).abs() < 10.0, "{p50}");
}

#[test]
fn refusals_name_their_reason() {
    let refused = |values: &[f64], limit: f64| match ask(values, 365, limit) {
        Err(refusal) => refusal.word(),
        Ok(answer) => answer.refusal().unwrap().word(),
    };
    let growing = walk(100, 100.0, 1.0, 0.5, 6);
    assert_eq!(refused(&growing[..10], 500.0), "too_short");
    assert_eq!(refused(&walk(100, 1000.0, -2.0, 0.5, 7), 2000.0), "shrinking");
    assert_eq!(refused(&walk(100, 1000.0, 0.0, 0.01, 8), 2000.0), "flat");
    assert_eq!(refused(&growing, 0.0), "contradictory_capacity");
    let mut fell = growing.clone();
    fell.extend(walk(40, 120.0, 1.0, 0.5, 9));
    assert_eq!(refused(&[1.0, f64::NAN], 5.0), "not_finite");
    let wild: Vec<f64> = (0..60).map(|i| if i % 2 == 0 { 10.0 } else { 90.0 }).collect();
    assert_eq!(refused(&wild, 1000.0), "poor_back_test");
}

#[test]
fn more_use_in_the_past_than_the_capacity_allows_is_a_contradiction() {
    let mut values = walk(60, 100.0, 1.0, 0.3, 10);
    values.extend(walk(40, 155.0, -0.5, 0.3, 11));
    let answer = ask(&values, 100, 145.0).unwrap();
    assert!(values.iter().any(|v| *v > 150.0));
    assert_eq!(answer.refusal(), Some(Refusal::ContradictoryCapacity));
}

#[test]
fn a_full_pool_is_full_now() {
    let values = walk(60, 100.0, 1.0, 0.3, 12);
    let answer = ask(&values, 100, values[59]).unwrap();
    assert_eq!(answer.reach(1.0).unwrap().p90, Some(0.0));
}

#[test]
fn every_refusal_is_one_sentence_without_jargon() {
    let all = [
        Refusal::TooShort { n: 3, after_shift: true },
        Refusal::TooShort { n: 3, after_shift: false },
        Refusal::NotFinite,
        Refusal::ContradictoryCapacity,
        Refusal::ContradictoryParts,
        Refusal::Shrinking,
        Refusal::Flat,
        Refusal::PoorBackTest,
        Refusal::TooManyGaps,
    ];
    for refusal in all {
        let sentence = refusal.sentence();
        assert_eq!(sentence.matches('.').count(), 1, "{sentence}");
        assert!(sentence.ends_with('.') && sentence.len() < 100, "{sentence}");
    }
}

#[test]
#[ignore = "simulation of 300 series, some seconds"]
fn the_95_percent_interval_covers_about_95_percent_of_the_future() {
    let (mut inside, mut all) = (0, 0);
    let (mut before_p90, mut dates) = (0, 0);
    for seed in 0..300 {
        let drift = 1.0 + f64::from(u32::try_from(seed % 3).unwrap());
        let whole = walk(400, 1000.0, drift, 3.0, 1000 + seed);
        let (known, future) = whole.split_at(160);
        let limit = known[159] + drift * 80.0;
        let answer = ask(known, 240, limit).unwrap();
        for step in [1, 7, 30, 90] {
            let (lo, hi) = answer.bounds(step, 0.95).unwrap();
            inside += i32::from((lo..=hi).contains(&future[step - 1]));
            all += 1;
        }
        if let Some(crossing) = answer.reach(1.0) {
            let truth = future.iter().position(|v| *v >= limit).map_or(1e9, |at| size(at + 1));
            let is_in =
                crossing.p10.is_none_or(|p| p <= truth) && crossing.p90.is_none_or(|p| truth <= p);
            before_p90 += i32::from(is_in);
            dates += 1;
        }
    }
    let coverage = f64::from(inside) / f64::from(all);
    let date_coverage = f64::from(before_p90) / f64::from(dates);
    assert!((0.92..=0.995).contains(&coverage), "{coverage}");
    assert!((0.72..=0.95).contains(&date_coverage), "{date_coverage} of {dates}");
}
