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
        Refusal::NoSeries,
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

#[test]
fn an_expansion_is_a_jump_of_the_capacity_and_not_of_the_use() {
    let values = walk(200, 1000.0, 2.0, 1.0, 21);
    let past: Vec<f64> = (0..200).map(|i| if i < 120 { 1300.0 } else { 1600.0 }).collect();
    let limit = Limit { past: &past, ahead: &[1600.0] };
    let question =
        Question { values: &values, horizon: 365, limit: Some(limit), ..Question::default() };
    let answer = forecast(&question).unwrap();
    assert!(answer.shifts.is_empty() && answer.n_censored == 0, "{:?}", answer.notes());
    // 2 a day from about 1400: 100 days.
    let p50 = answer.reach(1.0).unwrap().p50.unwrap();
    assert!((p50 - (1600.0 - values[199]) / 2.0).abs() < 12.0, "{p50}");
    let reached: Vec<f64> =
        [0.9, 1.0].iter().map(|s| answer.reach(*s).unwrap().p50.unwrap()).collect();
    assert!(reached[0] < reached[1]);
}

#[test]
fn a_plateau_at_capacity_does_not_lower_the_growth() {
    let mut values = walk(80, 840.0, 2.0, 0.5, 22);
    values.iter_mut().for_each(|v| *v = v.min(1000.0));
    values.extend([1000.0; 60]);
    values.extend(walk(60, 1000.0, 2.0, 0.5, 23));
    let past: Vec<f64> = (0..200).map(|i| if i < 140 { 1000.0 } else { 2000.0 }).collect();
    let limit = Limit { past: &past, ahead: &[2000.0] };
    let question =
        Question { values: &values, horizon: 200, limit: Some(limit), ..Question::default() };
    let answer = forecast(&question).unwrap();
    assert!(answer.n_censored >= 59 && answer.notes().len() == 1, "{:?}", answer.notes());
    assert!((answer.growth - 2.0).abs() < 0.3, "{}", answer.growth);
    let learned_wrong = forecast(&Question { limit: None, ..question }).unwrap();
    assert!(learned_wrong.n_censored == 0);
}

#[test]
fn a_planned_ramp_moves_the_date_and_not_the_forecast() {
    let values = walk(200, 1000.0, 1.0, 0.5, 24);
    let limit = [values[199] + 100.0];
    let ramp = Addition {
        adds: Adds::Use,
        start: 10.0,
        amount: 50.0,
        ramp: 20.0,
        probability: 1.0,
        since: 0.0,
    };
    let ask = |additions: &[Addition]| {
        let limit = Some(Limit::at(&limit));
        forecast(&Question {
            values: &values,
            horizon: 200,
            limit,
            additions,
            ..Question::default()
        })
        .unwrap()
    };
    let (without, with) = (ask(&[]), ask(&[ramp]));
    assert_eq!(without.median, with.median);
    assert_eq!((with.planned[9], with.planned[19], with.planned[199]), (0.0, 25.0, 50.0));
    let date = |answer: &Answer| answer.reach(1.0).unwrap().p50.unwrap();
    // 50 of 100 come by the plan: half of the time at 1 a day.
    assert!((date(&without) - 100.0).abs() < 8.0 && (date(&with) - 50.0).abs() < 8.0);
}

#[test]
fn what_rolls_off_at_a_known_date_leaves_the_forecast_from_then_on() {
    let values = walk(100, 1000.0, 1.0, 0.1, 25);
    let roll_off = [0.0, 0.0, 300.0];
    let plain = Question { values: &values, horizon: 5, ..Question::default() };
    let (before, after) =
        (forecast(&plain).unwrap(), forecast(&Question { roll_off: &roll_off, ..plain }).unwrap());
    let differences: Vec<f64> =
        before.median.iter().zip(&after.median).map(|(a, b)| a - b).collect();
    assert_eq!(differences, vec![0.0, 0.0, 300.0, 300.0, 300.0]);
}

#[test]
fn a_monthly_full_is_found_and_repeated() {
    let mut random = Random::new(26);
    let full = |i: usize| if i.is_multiple_of(30) { 80.0 } else { 0.0 };
    let values: Vec<f64> =
        (0..360).map(|i| 1000.0 + 0.5 * size(i) + full(i) + random.normal()).collect();
    let question =
        Question { values: &values, periods: &[7, 30], horizon: 31, ..Question::default() };
    let answer = forecast(&question).unwrap();
    assert_eq!(answer.seasons, vec![30]);
    // Day 360 is a full, day 361 is not.
    assert!((answer.median[0] - 1260.0).abs() < 10.0, "{}", answer.median[0]);
    assert!((answer.median[1] - 1180.5).abs() < 10.0, "{}", answer.median[1]);
    let unseasonal = forecast(&Question { periods: &[], ..question }).unwrap();
    assert!(answer.bands[1].hi[1] - answer.bands[1].lo[1] < 40.0);
    assert!(unseasonal.back_test.mase > answer.back_test.mase);
}

#[test]
fn without_a_limit_every_series_is_answered() {
    let years =
        [12.0, 14.0, 13.0, 17.0, 18.0, 17.0, 21.0, 23.0, 22.0, 26.0, 27.0, 25.0, 30.0, 31.0];
    let ask = |values: &[f64]| {
        forecast(&Question { values, periods: &[4], horizon: 6, ..Question::default() })
    };
    let answer = ask(&years).unwrap();
    assert!(answer.crossings.is_none() && answer.median.len() == 6);
    let band = &answer.bands[1];
    assert!(band.lo[5] < answer.median[5] && answer.median[5] < band.hi[5]);
    assert!(band.hi[5] - band.lo[5] > 6.0, "wide: {band:?}");
    for n in 3..14 {
        assert_eq!(ask(&years[..n]).unwrap().median.len(), 6, "{n}");
    }
    assert_eq!(ask(&years[..2]).unwrap_err().word(), "too_short");
    for same in [[0.0; 20], [5.0; 20], [-3.0; 20]] {
        let flat = ask(&same).unwrap();
        assert!(flat.median.iter().all(|m| (m - same[0]).abs() < 1e-9), "{:?}", flat.median);
    }
}

#[test]
fn the_same_question_has_the_same_answer_and_its_weights_sum_to_one() {
    let values = walk(150, 500.0, 1.0, 4.0, 27);
    let (a, b) = (ask(&values, 60, 700.0).unwrap(), ask(&values, 60, 700.0).unwrap());
    assert_eq!((&a.median, a.reach(0.9)), (&b.median, b.reach(0.9)));
    assert!((a.weights.iter().map(|w| w.weight).sum::<f64>() - 1.0).abs() < 1e-12);
    assert!(a.weights_text().contains('%') && !a.method().is_empty());
    assert_eq!(a.bounds(10, 0.8), Some((a.bands[0].lo[9], a.bands[0].hi[9])));
    assert_eq!(a.bounds(10, 0.5), None);
}
