//! The bridge, on the rate fixture of the metrics' definitions: ten daily expected runs whose
//! attempts are written out below, so that every k and n is counted here, not copied.

use super::*;

/// Outcome of an attempt; a warning says whether its vendor calls it a success.
#[derive(Clone, Copy, PartialEq)]
enum Outcome {
    Ok,
    Fail,
    Warning { vendor_ok: bool },
}
use Outcome::{Fail, Ok as Good, Warning};

/// One run: its attempts, whether the schedule asked for it, and whether it ended in time.
struct Run {
    attempts: &'static [Outcome],
    is_scheduled: bool,
    is_in_time: bool,
}

const fn run_of(attempts: &'static [Outcome]) -> Run {
    Run { attempts, is_scheduled: true, is_in_time: true }
}

/// Runs and size (GB) of each expected day.
const DAYS: [(&[Run], i64); 10] = [
    (&[run_of(&[Good])], 100),
    (&[run_of(&[Good])], 100),
    (&[run_of(&[Fail, Good])], 100),
    (&[run_of(&[Fail, Fail, Warning { vendor_ok: true }])], 100),
    (&[run_of(&[Warning { vendor_ok: true }])], 100),
    (&[run_of(&[Warning { vendor_ok: false }])], 100),
    (&[run_of(&[Fail]), Run { attempts: &[Good], is_scheduled: false, is_in_time: false }], 100),
    (&[], 100),
    (&[Run { attempts: &[Good], is_scheduled: true, is_in_time: false }], 100),
    (&[run_of(&[Good])], 300),
];

/// `(k, n)` of every state: S1, S3, S2, scheduled only, late unfulfilled, S5, S4, S6.
fn states(is_ok: impl Fn(Outcome) -> bool) -> [(i64, i64); 8] {
    let count = |of: &dyn Fn(&Run) -> bool| {
        let runs = DAYS.iter().flat_map(|day| day.0);
        i64::try_from(runs.filter(|run| of(run)).count()).unwrap()
    };
    let best = |run: &Run| run.attempts.iter().any(|o| is_ok(*o));
    let fulfilled = |run: &Run| run.is_scheduled && run.is_in_time && best(run);
    let attempts = || DAYS.iter().flat_map(|day| day.0).flat_map(|run| run.attempts);
    let ok_attempts = attempts().filter(|o| is_ok(**o)).count();
    let days = |of: &dyn Fn(&Run) -> bool| {
        let with = DAYS.iter().filter(|day| day.0.iter().any(of));
        i64::try_from(with.count()).unwrap()
    };
    let bytes = DAYS.iter().filter(|day| day.0.iter().any(fulfilled)).map(|day| day.1).sum();
    let runs = count(&|_| true);
    let scheduled = count(&|run| run.is_scheduled);
    [
        (i64::try_from(ok_attempts).unwrap(), i64::try_from(attempts().count()).unwrap()),
        (count(&|run| is_ok(run.attempts[0])), runs),
        (count(&best), runs),
        (count(&|run| run.is_scheduled && best(run)), scheduled),
        (count(&fulfilled), scheduled),
        (days(&fulfilled), 10),
        (days(&best), 10),
        (bytes, DAYS.iter().map(|day| day.1).sum()),
    ]
}

const NAMES: [&str; 8] = ["s1", "s3", "s2", "scheduled", "in_time", "s5", "s4", "s6"];

/// The fixture under each warning policy.
fn fixture() -> [(&'static str, [(i64, i64); 8]); 3] {
    [
        ("strict", states(|o| o == Good)),
        ("vendor", states(|o| matches!(o, Good | Warning { vendor_ok: true }))),
        ("lenient", states(|o| o != Fail)),
    ]
}

fn bridge_frame() -> Frame {
    let rows = fixture();
    let mut input = frame(vec![("policy", texts(&rows.each_ref().map(|row| row.0)))]);
    for (at, name) in NAMES.iter().enumerate() {
        let of = |pick: fn((i64, i64)) -> i64| rows.each_ref().map(|row| pick(row.1[at]));
        input.add(&format!("{name}_k"), ints(&of(|c| c.0))).unwrap();
        input.add(&format!("{name}_n"), ints(&of(|c| c.1))).unwrap();
    }
    input
}

fn bridge_over(names: &[&str]) -> Frame {
    let states: Vec<String> = names
        .iter()
        .map(|n| format!("{{ name = \"{n}\", k = \"{n}_k\", n = \"{n}_n\" }}"))
        .collect();
    let states = states.join(", ");
    let text = format!("[[steps]]\nstep = \"bridge\"\ngroup = [\"policy\"]\nstates = [{states}]");
    run_alone(&text, bridge_frame())
}

#[test]
fn the_rate_fixture_counts_to_the_table_of_the_definitions() {
    let want = [
        ("strict", [(6, 13), (6, 10), (5, 10), (6, 10), (4, 10), (600, 1200)]),
        ("vendor", [(8, 13), (8, 10), (6, 10), (8, 10), (6, 10), (800, 1200)]),
        ("lenient", [(9, 13), (9, 10), (7, 10), (9, 10), (7, 10), (900, 1200)]),
    ];
    for ((policy, got), (name, s1_to_s6)) in fixture().into_iter().zip(want) {
        assert_eq!(policy, name);
        let [s1, s3, s2, _, _, s5, s4, s6] = got;
        assert_eq!([s1, s2, s3, s4, s5, s6], s1_to_s6, "{policy}");
    }
}

#[test]
fn the_strict_bridge_from_attempts_to_expected_runs_is_exact() {
    let got = bridge_over(&NAMES[..6]);
    assert_eq!(got.height(), 18);
    // 6/13 -> 5/10 -> 6/10 -> 5/9 -> 4/9 -> 4/10, and the total.
    let reached = [(5, 10), (6, 10), (5, 9), (4, 9), (4, 10), (4, 10)];
    let terms = [(1, 26), (1, 10), (-2, 45), (-1, 9), (-2, 45), (-4, 65)];
    for (row, ((k, n), (num, den))) in reached.into_iter().zip(terms).enumerate() {
        assert_eq!((got.cell("k", row), got.cell("n", row)), (Cell::Int(k), Cell::Int(n)));
        assert_eq!((got.cell("num", row), got.cell("den", row)), (Cell::Int(num), Cell::Int(den)));
    }
    assert_eq!((got.cell("term", 5), word(&got, "why", 5)), (Cell::Int(0), "total".to_owned()));
    close(float(&got, "value", 5), 0.4 - 6.0 / 13.0, "total");
}

#[test]
fn collapsing_to_days_and_weighting_by_bytes_are_terms_too() {
    let days = bridge_over(&["s5", "s4"]);
    assert_eq!((days.cell("num", 0), days.cell("den", 0)), (Cell::Int(1), Cell::Int(5)));
    let bytes = bridge_over(&["s5", "s6"]);
    assert_eq!((bytes.cell("num", 0), bytes.cell("den", 0)), (Cell::Int(1), Cell::Int(10)));
}

#[test]
fn accepting_more_warnings_never_lowers_a_rate_and_a_retry_never_lowers_the_final_one() {
    let [(_, strict), (_, vendor), (_, lenient)] = fixture();
    let is_at_most = |a: (i64, i64), b: (i64, i64)| a.0 * b.1 <= b.0 * a.1;
    for at in 0..NAMES.len() {
        assert!(is_at_most(strict[at], vendor[at]), "{}", NAMES[at]);
        assert!(is_at_most(vendor[at], lenient[at]), "{}", NAMES[at]);
    }
    for states in [strict, vendor, lenient] {
        assert!(is_at_most(states[1], states[2]), "S3 <= S2");
    }
}

#[test]
fn a_state_without_trials_leaves_its_terms_empty() {
    let text = "[[steps]]\nstep = \"bridge\"\nstates = [{ name = \"a\", k = \"k\", n = \"n\" }, \
                { name = \"b\", k = \"z\", n = \"z\" }]";
    let got = run_alone(text, frame(vec![("k", ints(&[1])), ("n", ints(&[2])), ("z", ints(&[0]))]));
    assert_eq!((got.cell("value", 0), got.cell("value", 1)), (Cell::Null, Cell::Null));
}
