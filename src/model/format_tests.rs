//! Tests of the one place where numbers become text; expected texts written by hand.

use super::*;
use crate::model::time::parse_iso;

fn plain() -> Format {
    Format::default()
}

/// No-break spaces as blanks, so that the tables below can be read.
fn read(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

#[test]
fn counts_and_numbers_are_grouped_and_use_a_true_minus() {
    let f = plain();
    assert_eq!(f.count(1_204_311), "1,204,311");
    assert_eq!(f.count(-1000), "−1,000");
    assert_eq!(f.count(999), "999");
    assert_eq!(f.count(i64::MIN), "−9,223,372,036,854,775,808");
    assert_eq!(f.number(-0.001, 2), "0.00");
    assert_eq!(f.number(12_345.678, 1), "12,345.7");
    let german = Format { decimal: ',', group: Some('.'), zone: Tz::UTC };
    assert_eq!(german.number(12_345.678, 1), "12.345,7");
    let thin = Format { group: Some('\u{2009}'), ..f };
    assert_eq!(thin.count(12_345), "12\u{2009}345");
    let none = Format { group: None, ..f };
    assert_eq!(none.count(12_345), "12345");
}

#[test]
fn a_percentage_never_rounds_across_zero_a_hundred_or_its_target() {
    let cases: [(f64, usize, Option<f64>, &str); 12] = [
        (0.9949, 1, Some(0.995), "99.49 %"),
        (0.994_96, 2, Some(0.995), "99.496 %"),
        (0.9949, 1, None, "99.5 %"),
        (0.995, 1, Some(0.995), "99.5 %"),
        (0.9951, 1, Some(0.995), "99.5 %"),
        (0.9951, 1, Some(0.9951), "99.51 %"),
        (0.999_96, 1, None, "99.996 %"),
        (1.0, 1, Some(0.995), "100.0 %"),
        (0.0, 1, None, "0.0 %"),
        (0.000_04, 1, None, "0.004 %"),
        (0.999_999_999_9, 1, None, "99.999999 %"),
        (0.5, 0, None, "50 %"),
    ];
    for (ratio, digits, target, want) in cases {
        assert_eq!(read(&plain().percent(ratio, digits, target)), want, "{ratio} {target:?}");
    }
}

#[test]
fn a_rate_of_few_trials_is_counts_and_of_none_is_no_figure() {
    let cases = [
        (4, 4, "4 of 4"),
        (18, 19, "18 of 19"),
        (19, 20, "95.0 %"),
        (91, 92, "98.9 %"),
        (995, 1000, "99.50 %"),
        (9949, 10_000, "99.49 %"),
        (0, 0, NOT_ASSESSABLE),
    ];
    for (k, n, want) in cases {
        assert_eq!(read(&plain().rate(k, n, Some(0.995))), want, "{k} of {n}");
    }
}

#[test]
fn durations_take_the_unit_people_think_in() {
    let cases = [
        (0.0, "0 s"),
        (45.4, "45 s"),
        (59.7, "1.0 min"),
        (90.0, "1.5 min"),
        (3420.0, "57 min"),
        (3599.0, "1.0 h"),
        (3600.0, "1 h"),
        (8280.0, "2.3 h"),
        (86_400.0, "24 h"),
        (86_470.0, "24.0 h"),
        (354_240.0, "4.1 d"),
        (172_800.0, "2 d"),
    ];
    for (seconds, want) in cases {
        assert_eq!(read(&plain().duration(seconds)), want, "{seconds} s");
    }
}

#[test]
fn both_ends_of_a_duration_interval_share_unit_and_decimals() {
    let cases = [
        (2880.0, Some(4080.0), "48 – 68 min"),
        (6600.0, Some(9000.0), "1.8 – 2.5 h"),
        (7200.0, Some(10_080.0), "2.0 – 2.8 h"),
        (60.0, Some(86_400.0), "1 min – 24 h"),
        (15_120.0, None, "more than 4.2 h"),
        (0.0, Some(7200.0), "0 – 2 h"),
    ];
    for (lo, hi, want) in cases {
        assert_eq!(read(&plain().duration_interval(lo, hi)), want, "{lo} {hi:?}");
    }
}

#[test]
fn sizes_use_binary_units_and_pools_stay_in_tebibytes() {
    let tib = 1_099_511_627_776_i64;
    let cases = [
        (0, "0 B"),
        (1023, "1,023 B"),
        (1536, "1.50 KiB"),
        (tib - 1, "1.00 TiB"),
        (tib * 1200, "1,200 TiB"),
        (tib * 12_288, "12.0 PiB"),
        (-tib / 2, "−512 GiB"),
    ];
    for (bytes, want) in cases {
        assert_eq!(read(&plain().bytes(bytes)), want, "{bytes}");
    }
}

#[test]
fn dates_follow_the_configured_zone_and_periods_end_on_their_last_day() {
    let at = |text: &str| parse_iso(text).unwrap();
    let berlin = Format { zone: "Europe/Berlin".parse().unwrap(), ..plain() };
    assert_eq!(read(&plain().date(at("2026-10-01T23:30:00Z"))), "1 Oct 2026");
    assert_eq!(read(&berlin.date(at("2026-10-01T23:30:00Z"))), "2 Oct 2026");
    assert_eq!(read(&berlin.instant(at("2026-10-01T23:30:00Z"))), "2 Oct 2026, 01:30 CEST");
    let cases = [
        ("2026-07-01", "2026-10-01", "1 Jul – 30 Sep 2026"),
        ("2025-10-01", "2026-04-01", "1 Oct 2025 – 31 Mar 2026"),
        ("2026-07-01", "2026-07-02", "1 Jul 2026"),
    ];
    for (from, to, want) in cases {
        for format in [plain(), berlin] {
            assert_eq!(read(&format.period(at(from), at(to))), want);
        }
    }
    assert_eq!(month_label("2026-07"), "Jul 2026");
    assert_eq!(month_label("week 7"), "week 7");
}

#[test]
fn differences_carry_their_sign_and_intervals_their_width() {
    let f = plain();
    assert_eq!(read(&f.points(0.0008, 2)), "+0.08 pt");
    assert_eq!(read(&f.points(-0.0042, 2)), "−0.42 pt");
    assert_eq!(read(&f.points(0.0, 2)), "0.00 pt");
    assert_eq!(read(&f.percent_interval(0.940_9, 0.999_7)), "94.1 – 99.97 %");
    assert_eq!(read(&f.percent_interval(0.9954, 0.9966)), "99.54 – 99.66 %");
}

#[test]
fn hidden_characters_of_foreign_text_are_shown() {
    assert_eq!(visible("a\u{202e}b"), "a\\u{202e}b");
    assert_eq!(visible("a\u{0}\u{1b}[31m"), "a\\u{0}\\u{1b}[31m");
    assert_eq!(visible("line\n\n\tbreak"), "line break");
    assert_eq!(visible("\u{e000}0\u{e001}"), "\\u{e000}0\\u{e001}");
    assert_eq!(visible("Łódź – 東京"), "Łódź – 東京");
}

#[test]
fn numbers_for_programs_read_back_the_same_and_are_as_short_as_can_be() {
    let exact = |x: f64| {
        let mut text = String::new();
        push_exact(x, &mut text);
        text
    };
    for i in 1..20_000_u64 {
        // Any sign and digits; sizes from 1e-5 to 1e16, and whole numbers among them.
        let bits = i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let exponent = 1023 - 17 + i % 70;
        let x = f64::from_bits(bits & !(0x7ff << 52) | exponent << 52);
        for x in [x, libm::trunc(x), libm::trunc(x * 100.0) / 100.0] {
            let want = match x.abs() {
                0.0 => "0".to_owned(),
                1e-5.. => x.to_string(),
                _ => format!("{x:e}"),
            };
            // Of two that are equally near, such as .2 and .3 for .25, either will do.
            let got = exact(x);
            assert_eq!((got.len(), got.parse()), (want.len(), Ok(x)), "{got} {want}");
        }
    }
    for (x, want) in [(1e16, "1e16"), (1e-5, "0.00001"), (9.9e-6, "9.9e-6"), (-0.0, "0")] {
        assert_eq!(exact(x), want);
    }
}
