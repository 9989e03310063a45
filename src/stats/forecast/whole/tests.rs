//! Wholes with planted truths: sums, reduction ratios, what comes back, paces, dependence.

use super::super::{Answer, Limit, Question, forecast};
use super::course::Miss;
use super::*;
use crate::stats::random::Random;

/// Growth with an error around the line.
fn line(n: usize, start: f64, rise: f64, noise: f64, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed);
    (0..n).map(|i| start + rise * size(i) + noise * random.normal()).collect()
}

/// Growth whose level wanders.
fn walk(n: usize, start: f64, rise: f64, wander: f64, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed);
    let mut level = start;
    let step = |_| {
        level += rise + wander * random.normal();
        level
    };
    (0..n).map(step).collect()
}

fn part(values: &[f64], seed: u64, pace: Pace, layout: &Layout) -> Course {
    let question = Question { values, seed, ..Question::default() };
    Course::of(&question, pace, layout).unwrap()
}

/// Sum of series of the same steps that end today.
fn sum(pools: &[&[f64]], horizon: usize) -> Course {
    let layout = layout(pools, horizon);
    let courses = pools.iter().zip(1..).map(|(pool, seed)| part(pool, seed, Pace::OWN, &layout));
    courses.reduce(added).unwrap()
}

fn layout(pools: &[&[f64]], horizon: usize) -> Layout {
    Layout::of(horizon, pools.iter().map(|pool| pool.len()).max().unwrap())
}

fn added(mut sum: Course, part: Course) -> Course {
    sum.add(&part);
    sum
}

fn ask(course: &Course, limit: f64) -> Answer {
    let limit = [limit];
    let limit = Some(Limit::at(&limit));
    forecast_whole(course, &Question { limit, seed: 1, ..Question::default() }).unwrap()
}

fn date(answer: &Answer) -> f64 {
    answer.reach(1.0).unwrap().p50.unwrap()
}

fn width(answer: &Answer, step: usize) -> f64 {
    let (lo, hi) = answer.bounds(step, 0.8).unwrap();
    hi - lo
}

#[test]
fn a_site_is_full_when_the_sum_of_its_pools_is() {
    let (a, b) = (line(200, 100.0, 1.0, 0.5, 1), line(200, 400.0, 2.0, 0.5, 2));
    // 500 + 3 a day: 1097 at the end, 300 more in 100 days.
    let answer = ask(&sum(&[&a, &b], 365), 1097.0 + 300.0);
    assert!((date(&answer) - 100.0).abs() < 4.0, "{}", date(&answer));
    assert!((answer.median[29] - (1097.0 + 90.0)).abs() < 4.0, "{}", answer.median[29]);
    assert_eq!(answer.back_test.origins, 6);
    assert!(answer.back_test.smape.unwrap() < 0.01, "{:?}", answer.back_test);
    assert!(answer.weights.is_empty() && answer.n_used == 200);
}

#[test]
fn a_whole_of_one_series_is_that_series_day_by_day_with_its_weeks_and_bands() {
    let mut random = Random::new(77);
    let week = |i: usize| if i % 7 < 2 { 40.0 } else { 0.0 };
    let values: Vec<f64> =
        (0..400).map(|i| 1000.0 + 0.5 * size(i) + week(i) + 4.0 * random.normal()).collect();
    let (periods, horizon) = (&[7][..], 365);
    let question = Question { values: &values, periods, horizon, seed: 3, ..Question::default() };
    let alone = forecast(&question).unwrap();
    let course = Course::of(&question, Pace::OWN, &Layout::of(horizon, 400)).unwrap();
    let whole = forecast_whole(&course, &Question::default()).unwrap();
    assert_eq!(alone.seasons, [7]);
    for step in 1..=horizon {
        let (a, b) = (alone.median[step - 1], whole.median[step - 1]);
        assert!((a - b).abs() < 0.5, "{step}: {a} {b}");
    }
    // The widths of today; the factor of the back-test may widen them a little.
    for (step, level) in [(1, 0.8), (2, 0.95), (5, 0.8), (40, 0.95), (365, 0.8)] {
        let width = |answer: &Answer| {
            let (lo, hi) = answer.bounds(step, level).unwrap();
            hi - lo
        };
        let ratio = width(&whole) / width(&alone);
        assert!((0.9..1.5).contains(&ratio), "{step} {level}: {ratio}");
    }
}

#[test]
fn pools_that_have_nothing_to_do_with_each_other_make_a_sum_narrower_than_their_bounds() {
    let pools: Vec<Vec<f64>> = (0..9).map(|i| walk(300, 1000.0, 1.0, 3.0, 40 + i)).collect();
    let pools: Vec<&[f64]> = pools.iter().map(Vec::as_slice).collect();
    let bounds: f64 = pools.iter().map(|pool| width(&ask(&sum(&[pool], 60), 1e9), 60)).sum();
    let whole = width(&ask(&sum(&pools, 60), 1e9), 60);
    // A third, if they were alike; the factor of the back-test may widen it.
    assert!((0.25..0.6).contains(&(whole / bounds)), "{}", whole / bounds);
}

#[test]
fn pools_that_rise_and_fall_together_make_a_sum_as_wide_as_it_has_been() {
    let pool = walk(300, 1000.0, 1.0, 3.0, 50);
    let one = ask(&sum(&[&pool], 60), 1e9);
    let nine = ask(&sum(&[&pool[..]; 9], 60), 1e9);
    // Nine times one would be right, three times what independent errors would say.
    let ratio = width(&nine, 60) / width(&one, 60);
    assert!((4.5..11.0).contains(&ratio), "{ratio}");
    assert!(nine.back_test.coverage.unwrap() > 0.6, "{:?}", nine.back_test);
}

#[test]
fn a_falling_reduction_ratio_fills_a_pool_that_its_logical_growth_would_not() {
    // 1000 + 2 a day logical; the ratio falls from 4 by 0.005 a day: physical bytes accelerate.
    let logical = line(240, 1000.0, 2.0, 0.5, 3);
    let ratio = line(240, 4.0, -0.005, 0.002, 4);
    let layout = Layout::of(365, 240);
    let own = |values: &[f64], seed| part(values, seed, Pace::OWN, &layout);
    let whole = Course::physical(own(&logical, 1), own(&ratio, 2), 1.0);
    let full = |t: f64| (1000.0 + 2.0 * t) / (4.0 - 0.005 * t);
    let now = full(239.0);
    let answer = ask(&whole, full(239.0 + 150.0));
    assert!((answer.median[149] / full(389.0) - 1.0).abs() < 0.02, "{}", answer.median[149]);
    assert!((date(&answer) - 150.0).abs() < 8.0, "{}", date(&answer));
    // On a straight line through the last 60 days it would take a third longer.
    let straight = (full(389.0) - now) / ((now - full(179.0)) / 60.0);
    assert!(straight > 195.0, "{straight}");
    assert!(answer.weights.iter().any(|w| w.method.starts_with("ratio ")));
}

#[test]
fn an_uncertain_ratio_is_sized_at_its_low_end_and_not_at_its_mean() {
    let logical = line(200, 1000.0, 0.0, 0.0, 1);
    let ratio = walk(200, 5.0, 0.0, 0.05, 9);
    let layout = Layout::of(100, 200);
    let own = |values: &[f64], seed| part(values, seed, Pace::OWN, &layout);
    let answer = ask(&Course::physical(own(&logical, 1), own(&ratio, 2), 1.0), 1e9);
    let (lo, hi) = answer.bounds(100, 0.8).unwrap();
    let middle = answer.median[99];
    // The same ratio up or down is not the same number of bytes.
    assert!(hi - middle > 1.2 * (middle - lo), "{lo} {middle} {hi}");
    assert!(answer.mean[99] > middle);
}

#[test]
fn what_comes_back_on_known_days_moves_the_date() {
    let values = line(200, 100.0, 1.0, 0.2, 5);
    let back: Vec<f64> = (1..=90).map(|step| if step < 30 { 0.0 } else { 40.0 }).collect();
    let mut whole = sum(&[&values], 365);
    whole.give_back(&back);
    let answer = ask(&whole, 299.0 + 100.0);
    assert!((date(&answer) - 140.0).abs() < 4.0, "{}", date(&answer));
    assert!((answer.median[119] - (299.0 + 80.0)).abs() < 2.0, "{}", answer.median[119]);
    assert!((answer.median[29] - answer.median[28] + 39.0).abs() < 0.5, "on the very day");
    assert!(!answer.weights.is_empty(), "one series keeps its methods");
}

#[test]
fn parts_of_another_pace_meet_at_the_origin() {
    // 1 a day, last seen 3 days ago, and 30 a month of 30 days, last seen 12 days ago.
    let days = line(200, 0.0, 1.0, 0.01, 6);
    let months = line(24, 0.0, 30.0, 0.01, 7);
    let layout = Layout::of(60, 690);
    let (day, month) = (
        part(&days, 1, Pace { lag: 3.0, rate: 1.0 }, &layout),
        part(&months, 2, Pace { lag: 0.4, rate: 1.0 / 30.0 }, &layout),
    );
    let (a, b) = (199.0 + 3.0, 23.0 * 30.0 + 12.0);
    let answer = ask(&added(day, month), 1e9);
    for step in [1_usize, 18, 60] {
        let (got, want) = (answer.median[step - 1], a + b + 2.0 * size(step));
        assert!((got - want).abs() < 1.5, "{step}: {got} {want}");
    }
    assert!(answer.back_test.smape.unwrap() < 0.01, "{:?}", answer.back_test);
}

#[test]
fn a_pool_that_is_new_is_held_against_nothing_before_it_was() {
    let (old, new) = (line(200, 500.0, 1.0, 0.3, 8), line(20, 300.0, 1.0, 0.3, 9));
    let answer = ask(&sum(&[&old, &new], 60), 1e9);
    assert!((answer.median[0] - (700.0 + 320.0)).abs() < 3.0, "{}", answer.median[0]);
    // Without the rule the 300 of the new pool would be an error of 60 %.
    assert!(answer.back_test.smape.unwrap() < 0.01, "{:?}", answer.back_test);
    assert_eq!(answer.n_used, 20);
    let short = Question { values: &new[..9], ..Question::default() };
    let refused = Course::of(&short, Pace::OWN, &Layout::of(9, 9)).unwrap_err();
    assert_eq!(refused.word(), "too_short");
}

#[test]
fn a_time_when_a_pool_was_full_shifts_nothing_against_the_other_pools() {
    // 2 a day, and full from day 150 to day 209.
    let wanted = |i: usize| 1000.0 + 2.0 * size(i);
    let pool: Vec<f64> =
        (0..300).map(|i| if (150..210).contains(&i) { 1300.0 } else { wanted(i) }).collect();
    let past: Vec<f64> =
        (0..300).map(|i| if (150..210).contains(&i) { 1300.0 } else { 5000.0 }).collect();
    let limit = Some(Limit { past: &past, ahead: &[5000.0] });
    let layout = Layout::of(30, 300);
    let question = Question { values: &pool, limit, seed: 1, ..Question::default() };
    let course = Course::of(&question, Pace::OWN, &layout).unwrap();
    assert_eq!(course.n_censored, 59);
    // What came is what was there on that day, or nothing while it was full.
    let now = 299;
    for (back, misses) in layout.backs.iter().zip(&course.earlier) {
        for miss in misses.iter().flatten() {
            let day = now - back + miss.step;
            match miss.actual {
                None => assert!((150..=210).contains(&day), "{day}"),
                Some(actual) => assert!((actual - pool[day]).abs() < 1e-6, "{day} {actual}"),
            }
        }
    }
    assert_eq!(course.recent[10], Some(pool[289]));
    assert_eq!(course.recent[120], None);
}

#[test]
fn what_a_part_did_before_another_was_is_held_against_its_own_spread() {
    let (old, new) = (walk(400, 1e3, 1.0, 2.0, 1), walk(60, 1e3, 1.0, 20.0, 2));
    let layout = layout(&[&old, &new], 60);
    let parts = [part(&old, 1, Pace::OWN, &layout), part(&new, 2, Pace::OWN, &layout)];
    let [old, new] = &parts;
    let both = added(old.clone(), new.clone());
    let mut alone = 0;
    for ((both, old), new) in both.earlier.iter().zip(&old.earlier).zip(&new.earlier) {
        let variances = |misses: &Option<Vec<Miss>>| -> Vec<f64> {
            misses.iter().flatten().map(|miss| miss.variance).collect()
        };
        match new {
            Some(_) => assert!(variances(both)[0] > 50.0 * variances(old)[0]),
            None => {
                assert_eq!(variances(both), variances(old));
                alone += 1;
            }
        }
    }
    assert!(alone >= 4, "{alone}");
}

#[test]
fn a_deletion_in_the_past_is_no_error_of_the_whole() {
    let mut values = line(150, 1000.0, 1.0, 0.3, 10);
    values.extend(line(60, 750.0, 1.0, 0.3, 11));
    let answer = ask(&sum(&[&values], 90), 809.0 + 50.0);
    assert!((date(&answer) - 50.0).abs() < 3.0, "{}", date(&answer));
    assert!(answer.back_test.smape.unwrap() < 0.02, "{:?}", answer.back_test);
}

#[test]
fn a_pool_that_has_just_jumped_is_in_a_sum_at_its_new_level_with_its_old_growth() {
    let mut values = line(150, 1000.0, 1.0, 0.3, 10);
    values.extend(line(6, 1450.0, 1.0, 0.3, 11));
    let answer = ask(&sum(&[&values, &line(156, 0.0, 1.0, 0.3, 12)], 90), 1e9);
    // 1,455 and 155 now, two a day; the jump of 300 is no growth.
    assert!((answer.median[49] - (1_610.0 + 100.0)).abs() < 6.0, "{}", answer.median[49]);
}

#[test]
fn a_ratio_that_falls_to_nothing_stores_what_is_written_and_no_more() {
    let (logical, ratio) = (line(100, 8000.0, 5.0, 0.5, 1), line(100, 4.0, -0.028, 0.005, 2));
    let layout = Layout::of(300, 100);
    let own = |values: &[f64], seed| part(values, seed, Pace::OWN, &layout);
    let answer = ask(&Course::physical(own(&logical, 1), own(&ratio, 2), 1.0), 1e9);
    // The ratio is 1.2 on day 99 and would be below zero on day 143.
    let written = 8000.0 + 5.0 * 399.0;
    assert!((answer.median[299] / written - 1.0).abs() < 0.02, "{}", answer.median[299]);
    assert!(answer.mean.iter().all(|mean| *mean < 1.1 * written));
}

#[test]
fn a_short_horizon_has_as_many_origins_as_a_long_one() {
    let values = line(600, 100.0, 0.2, 1.0, 14);
    for horizon in [1, 2, 14] {
        let answer = ask(&sum(&[&values], horizon), 1e9);
        assert_eq!(answer.back_test.origins, 6, "{horizon}");
    }
}

/// Shares of 100 sums of six walks that lie inside the 80 and 95 % intervals at some steps.
fn covered(shared: f64, steps: &[usize]) -> Vec<[f64; 2]> {
    let mut inside = vec![[0.0; 2]; steps.len()];
    for seed in 0..100_u64 {
        let common = walk(360, 0.0, 0.0, 3.0, 9000 + seed);
        let pools: Vec<Vec<f64>> = (0..6)
            .map(|i| {
                let own = walk(360, 1000.0, 1.0, 3.0, 100 * seed + i);
                let mix = |(own, common): (&f64, &f64)| {
                    libm::sqrt(1.0 - shared) * own + libm::sqrt(shared) * common
                };
                own.iter().zip(&common).map(mix).collect()
            })
            .collect();
        let known: Vec<&[f64]> = pools.iter().map(|pool| &pool[..300]).collect();
        let answer = ask(&sum(&known, 60), 1e9);
        for (step, inside) in steps.iter().zip(&mut inside) {
            let came: f64 = pools.iter().map(|p| p[299 + step]).sum();
            for (level, inside) in [0.8, 0.95].into_iter().zip(inside) {
                let (lo, hi) = answer.bounds(*step, level).unwrap();
                *inside += f64::from(u8::from((lo..=hi).contains(&came))) / 100.0;
            }
        }
    }
    inside
}

#[test]
#[ignore = "simulation of 300 sums, a minute"]
fn sums_cover_what_they_say_whether_their_parts_depend_on_each_other_or_not() {
    for shared in [0.0, 0.5, 1.0] {
        let inside = covered(shared, &[1, 3, 7, 30, 60]);
        let is_good = |i: &[f64; 2]| i[0] > 0.7 && i[1] > 0.85;
        assert!(inside.iter().all(is_good), "{shared}: {inside:?}");
    }
}
