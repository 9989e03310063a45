//! Tests of charts: texts against numbers worked out by hand, domains, label collisions.

use super::fan::{Fan, FanPoint, Full};
use super::heat_map::{HeatMap, HeatRow, State};
use super::intervals::{IntervalRow, Intervals};
use super::labels::Area;
use super::line::{Better, Line, Point, Series};
use super::pareto::Pareto;
use super::text::{Weight, width};
use super::waterfall::{Amount, Bar, Waterfall};
use super::*;
use crate::model::time::{DAY_US, parse_iso};

const TIB: f64 = 1_099_511_627_776.0;

fn svg(chart: &Chart, width: f64) -> String {
    let format = Format::default();
    let look = Look { width, palette: Palette::Literal, format: &format };
    chart.svg(&look, "c", "title").replace('\u{a0}', " ")
}

/// Texts of a drawing with the areas they cover.
fn texts(svg: &str) -> Vec<(Area, String)> {
    let attribute = |tag: &str, name: &str| {
        let after = tag.split(&format!(" {name}=\"")).nth(1)?;
        Some(after.split('"').next()?.to_owned())
    };
    let number = |tag: &str, name: &str| attribute(tag, name).unwrap().parse::<f64>().unwrap();
    let mut out = Vec::new();
    for part in svg.split("<text").skip(1) {
        let (tag, rest) = part.split_once('>').unwrap();
        let text = rest.split("</text>").next().unwrap();
        let (x, y, size) = (number(tag, "x"), number(tag, "y"), number(tag, "font-size"));
        let weight = if tag.contains("font-weight") { Weight::Semibold } else { Weight::Regular };
        let length = width(text, size, weight);
        let x0 = match attribute(tag, "text-anchor").as_deref() {
            Some("end") => x - length,
            Some("middle") => x - length / 2.0,
            _ => x,
        };
        if !text.is_empty() {
            let area = Area { x0, y0: y - size * 0.74, x1: x0 + length, y1: y + size * 0.2 };
            out.push((area, text.to_owned()));
        }
    }
    out
}

fn assert_no_collision(svg: &str, width: f64, what: &str) {
    let texts = texts(svg);
    for (number, (area, text)) in texts.iter().enumerate() {
        assert!(area.x0 >= -1.0 && area.x1 <= width + 1.0, "{what}: `{text}` leaves the drawing");
        for (other, other_text) in texts.iter().skip(number + 1) {
            let shared = area.overlap(other);
            assert!(shared < 4.0, "{what}: `{text}` covers `{other_text}` ({shared:.1})");
        }
    }
}

fn line(lasts: &[f64], breach: Option<usize>) -> Line {
    let months = ["2025-11", "2025-12", "2026-01", "2026-02", "2026-03"];
    let series = |(number, last): (usize, &f64)| Series {
        name: format!("Tier {number}"),
        points: (0..5_u32)
            .map(|i| Point {
                value: Some(if i == 4 { *last } else { 0.992 + f64::from(i) * 0.001 }),
                interval: None,
                is_breach: breach == Some(number) && i == 2,
            })
            .collect(),
    };
    Line {
        unit: Unit::Percent,
        x: months.map(str::to_owned).to_vec(),
        series: lasts.iter().enumerate().map(series).collect(),
        target: Some(0.995),
        better: Better::Higher,
    }
}

#[test]
fn labels_of_a_line_chart_never_cover_each_other() {
    let cases: [(&[f64], Option<usize>); 6] = [
        (&[0.9951, 0.9951, 0.9951, 0.9951], Some(1)),
        (&[0.9999, 0.9998, 0.9997], Some(0)),
        (&[0.985, 0.9851, 0.9852], Some(2)),
        (&[0.995], Some(0)),
        (&[0.99, 0.991, 0.992, 0.993, 0.994, 0.995, 0.996, 0.997], Some(7)),
        (&[0.5, 0.9999], None),
    ];
    for (lasts, breach) in cases {
        for width in [350.0, 860.0] {
            let drawn = svg(&Chart::Line(line(lasts, breach)), width);
            assert_no_collision(&drawn, width, &format!("{lasts:?} at {width}"));
        }
    }
}

#[test]
fn a_line_chart_names_last_values_target_and_the_worst_proven_miss() {
    let drawn = svg(&Chart::Line(line(&[0.9949, 0.9993], Some(0))), 860.0);
    // 0.9949 is below 99.5 % and keeps the decimals that show it.
    for text in ["Tier 0", "99.49 %", "99.93 %", "Target 99.5 %", "Tier 0 missed: 99.40 %", "2026"]
    {
        assert!(texts(&drawn).iter().any(|(_, t)| t == text), "{text} is missing");
    }
    assert!(drawn.contains("Tier 1: 99.20 % in Nov 2025 to 99.93 % in Mar 2026, lowest 99.20 %"));
}

#[test]
fn domains_contain_the_widest_band() {
    let mut single = line(&[0.996], None);
    single.series[0].points[1].interval = Some((0.941, 0.9999));
    let (lo, hi) = single.domain();
    assert!(lo <= 0.941 && (0.9999..=1.0).contains(&hi), "{lo} {hi}");

    let (lo, hi) = fan(Some(true)).domain();
    assert!(lo <= 470.0 * TIB && hi >= 1700.0 * TIB, "{lo} {hi}");

    let row = IntervalRow {
        cases: vec![300.0, 90_000.0],
        middle: Some(3600.0),
        lo: Some(120.0),
        hi: Some(200_000.0),
        target: Some(500_000.0),
        ..IntervalRow::default()
    };
    let (lo, hi) = intervals(vec![row]).domain();
    assert!(lo < 120.0 && hi > 500_000.0, "{lo} {hi}");

    let (lo, hi) = bridge().domain();
    assert!(lo < 5.0 / 13.0 && hi > 0.6, "{lo} {hi}");
}

/// Used 470 to 940 TiB, capacity 1,200 TiB; full or not full within the forecast.
fn fan(full: Option<bool>) -> Fan {
    let at = |text: &str| parse_iso(text).unwrap();
    let begin = at("2025-04-01");
    let history =
        (0..18).map(|m| (begin + m * 30 * DAY_US, (470.0 + 27.6 * f64_of(m)) * TIB)).collect();
    let forecast = (1..16)
        .map(|m| {
            let middle = 940.0 + 28.0 * f64_of(m);
            let wide = 25.0 * f64_of(m);
            FanPoint {
                at_us: begin + (17 + m) * 30 * DAY_US,
                middle: middle * TIB,
                bands: vec![((middle - wide) * TIB, (middle + wide) * TIB)],
            }
        })
        .collect();
    let dates = Full {
        early_us: Some(at("2027-03-10")),
        middle_us: Some(at("2027-06-12")),
        late_us: Some(at("2027-10-20")),
    };
    Fan {
        unit: Unit::Bytes,
        history,
        forecast: if full.is_some() { forecast } else { Vec::new() },
        capacity: vec![(begin, 1200.0 * TIB)],
        full: if full == Some(true) { dates } else { Full::default() },
        refusal: full.is_none().then(|| "use is shrinking".to_owned()),
    }
}

fn f64_of(n: i64) -> f64 {
    f64::from(i32::try_from(n).unwrap())
}

#[test]
fn an_interval_within_a_month_is_given_in_days() {
    let mut fan = fan(Some(true));
    let at = |text: &str| Some(parse_iso(text).unwrap());
    for (late, want) in [
        ("2027-06-20", "80 % interval: 3 Jun 2027 – 20 Jun 2027"),
        ("2027-06-03", "80 % interval: 3 Jun 2027"),
    ] {
        fan.full.early_us = at("2027-06-03");
        fan.full.late_us = at(late);
        let drawn = svg(&Chart::Fan(fan.clone()), 860.0);
        assert!(texts(&drawn).iter().any(|(_, t)| t == want), "{want} is missing");
    }
}

#[test]
fn a_fan_chart_says_when_how_sure_or_why_not() {
    let cases: [(Option<bool>, &[&str]); 3] = [
        (
            Some(true),
            &["Full around Jun 2027", "80 % interval: Mar 2027 – Oct 2027", "median 1,360"],
        ),
        (Some(false), &["Not full within the forecast"]),
        (None, &["No forecast: use is shrinking", "Usable capacity 1,200 TiB"]),
    ];
    for (full, want) in cases {
        let chart = Chart::Fan(fan(full));
        let drawn = svg(&chart, 860.0);
        for text in want {
            assert!(texts(&drawn).iter().any(|(_, t)| t == text), "{text} is missing");
        }
        for width in [350.0, 860.0] {
            assert_no_collision(&svg(&chart, width), width, &format!("{full:?} at {width}"));
        }
    }
}

fn intervals(rows: Vec<IntervalRow>) -> Intervals {
    Intervals {
        unit: Unit::Duration,
        rows,
        middle_name: "median".into(),
        high_name: "90th percentile".into(),
        target_name: "objective".into(),
    }
}

#[test]
fn an_open_interval_is_drawn_open_and_read_as_more_than() {
    let format = Format::default();
    let open = intervals::interval_text(Unit::Duration, Some(15_120.0), None, &format);
    assert_eq!(open.replace('\u{a0}', " "), "more than 4.2 h");
    let row = |name: &str, hi| IntervalRow {
        label: name.into(),
        size: "9 resolved".into(),
        lo: Some(15_120.0),
        hi,
        value_text: "not reached".into(),
        interval_text: "more than 4.2 h".into(),
        ..IntervalRow::default()
    };
    let arrow = |hi| svg(&Chart::Intervals(intervals(vec![row("P1", hi)])), 860.0);
    assert!(arrow(None).contains("<polyline") && !arrow(Some(20_000.0)).contains("<polyline"));
    for width in [350.0, 860.0] {
        let rows = vec![row("P1", None), row("payments-gateway-production-eu", None)];
        assert_no_collision(&svg(&Chart::Intervals(intervals(rows)), width), width, "intervals");
    }
}

#[test]
fn a_pareto_chart_ranks_classes_and_draws_the_line_behind_four_fifths() {
    let counts = [("other", 13), ("b", 48), ("a", 61), ("c", 39), ("e", 17), ("d", 22), ("f", 19)];
    let rows = counts.map(|(name, k)| (name.to_owned(), k)).to_vec();
    let chart = Pareto::new("Failures".into(), rows);
    let order: Vec<&str> = chart.rows.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(order, ["a", "b", "c", "d", "f", "e", "other"]);
    // 219 in all: 61, 109, 148, 170 (77.6 %), 189 (86.3 %).
    assert_eq!(chart.vital_count(), 5);
    let drawn = svg(&Chart::Pareto(chart), 860.0);
    for text in ["61", "28 %", "50 %", "68 %", "78 %", "86 %", "94 %", "100 %"] {
        assert!(texts(&drawn).iter().any(|(_, t)| t == text), "{text} is missing");
    }
}

/// The strict bridge of the rate fixture: 6/13, 5/10, 6/10, 5/9, 4/9, 4/10.
fn bridge() -> Waterfall {
    let bar = |label: &str, amount| Bar { label: label.into(), amount, detail: "3 rows".into() };
    Waterfall {
        bars: vec![
            bar("attempts", Amount::Level(6.0 / 13.0)),
            bar("first attempts only", Amount::Change(5.0 / 10.0 - 6.0 / 13.0)),
            bar("saved by a retry", Amount::Change(1.0 / 10.0)),
            bar("without unscheduled runs", Amount::Change(5.0 / 9.0 - 6.0 / 10.0)),
            bar("late runs", Amount::Change(-1.0 / 9.0)),
            bar("runs that never started", Amount::Change(4.0 / 10.0 - 4.0 / 9.0)),
            bar("expected runs", Amount::Level(4.0 / 10.0)),
        ],
    }
}

#[test]
fn the_steps_of_a_waterfall_meet_the_last_level() {
    let spans = bridge().spans();
    let (before, last) = (spans[5].1, spans[6].1);
    assert!((before - last).abs() < 1e-12, "{before} {last}");
    let drawn = svg(&Chart::Waterfall(bridge()), 860.0);
    for text in ["46.15 %", "+3.85 pt", "+10.00 pt", "−4.44 pt", "−11.11 pt", "40.00 %"] {
        assert!(texts(&drawn).iter().any(|(_, t)| t == text), "{text} is missing");
    }
}

#[test]
fn a_bridge_is_drawn_from_its_first_state_over_its_terms_to_its_last() {
    use super::build::{ChartSpec, Data, chart};
    use crate::model::frame::{Column, Frame};
    use crate::model::result::QueryResult;
    use crate::reports::rows::Rows;
    let texts = |v: [&str; 3]| Column::Text(v.map(|t| Some(t.to_owned())).to_vec());
    let floats = |v: [f64; 3]| Column::Float(v.map(Some).to_vec());
    let ints = |v: [i64; 3]| Column::Int(v.map(Some).to_vec());
    // 6/13 to 5/10 to 6/10; the total stands last, as the step writes it.
    let frame = Frame::from_columns(vec![
        ("term".into(), ints([1, 2, 0])),
        ("from_state".into(), texts(["attempts", "first attempts", "attempts"])),
        ("to_state".into(), texts(["first attempts", "runs", "runs"])),
        ("why".into(), texts(["later attempts dropped", "recovered by a retry", "total"])),
        ("k".into(), ints([5, 6, 6])),
        ("n".into(), ints([10, 10, 10])),
        ("state_value".into(), floats([0.5, 0.6, 0.6])),
        ("value".into(), floats([0.5 - 6.0 / 13.0, 0.1, 0.6 - 6.0 / 13.0])),
    ]);
    let mut result = QueryResult { frame: frame.unwrap(), ..QueryResult::default() };
    let drawn = |result: &QueryResult| {
        let rows = Rows::choose(result, &[]).unwrap();
        let data = Data { rows, cases: None, forecast: None, full: None };
        let spec = ChartSpec { kind: "waterfall".into(), ..ChartSpec::default() };
        match chart(&spec, &data, &Format::default()).unwrap() {
            Chart::Waterfall(drawn) => drawn,
            _ => panic!("another chart"),
        }
    };
    let bars = drawn(&result).bars;
    let want = [
        ("attempts", Amount::Level(6.0 / 13.0), ""),
        ("later attempts dropped", Amount::Change(0.5 - 6.0 / 13.0), "5 of 10"),
        ("recovered by a retry", Amount::Change(0.1), "6 of 10"),
        ("runs", Amount::Level(0.6), "6 of 10"),
    ];
    for (bar, (label, amount, detail)) in bars.iter().zip(want) {
        assert_eq!((bar.label.as_str(), bar.detail.as_str()), (label, detail));
        let (got, want) = match (bar.amount, amount) {
            (Amount::Level(a), Amount::Level(b)) | (Amount::Change(a), Amount::Change(b)) => (a, b),
            _ => panic!("{label} is of another kind"),
        };
        assert!((got - want).abs() < 1e-12, "{label}: {got} {want}");
    }
    assert_eq!(bars.len(), 4);
    // A state without trials: no chain to draw.
    result.frame.set("value", Column::Float(vec![Some(0.1), None, None])).unwrap();
    assert!(drawn(&result).bars.is_empty());
}

#[test]
fn a_heat_map_shows_weeks_by_their_worst_day_when_days_do_not_fit() {
    let days: Vec<String> = (0..92).map(|d| format!("2026-07-{:02}", d % 31 + 1)).collect();
    let mut states = vec![State::Ok; 92];
    states[10] = State::Failed;
    let row = HeatRow { label: "a".into(), states, summary: "1 of 92".into(), is_bad: true };
    let chart = Chart::HeatMap(HeatMap { days, rows: vec![row], summary_name: "Bad days".into() });
    let literal = |paint: canvas::Paint| format!("fill=\"{}\"", paint.value(Palette::Literal));
    let count = |svg: &str, paint| svg.matches(&literal(paint)).count();
    // One legend sample each, besides the cells.
    let (wide, narrow) = (svg(&chart, 860.0), svg(&chart, 350.0));
    assert_eq!(count(&wide, canvas::Paint::GoodArea), 91 + 1);
    assert_eq!(count(&narrow, canvas::Paint::GoodArea), 13 + 1);
    assert!(narrow.contains("one cell is a week and shows its worst day"));
}

#[test]
fn text_in_a_drawing_is_escaped_and_no_style_or_script_is_possible() {
    let name = "</text><script>alert(1)</script>\"' onload=x";
    let chart = Chart::Pareto(Pareto::new(name.into(), vec![(name.into(), 3)]));
    let drawn = svg(&chart, 860.0);
    assert!(!drawn.contains("<script") && !drawn.contains("style="));
    assert_eq!(drawn.matches("<text").count(), drawn.matches("</text>").count());
}

#[test]
fn small_multiples_flag_in_words_and_keep_to_their_panels() {
    use super::multiples::{Multiples, Panel};
    let panel = |title: &str, is_flagged| Panel {
        title: title.into(),
        change: "+30 %".into(),
        is_flagged,
        values: vec![Some(1.0), Some(1.1), None, Some(1.3)],
        base: Some((0.9, 1.0, 1.1)),
    };
    let panels = (0..8).map(|i| panel("Duration of the ninth decile", i == 0)).collect();
    let chart =
        Chart::Multiples(Multiples { panels, ends: ("Apr 2026".into(), "Sep 2026".into()) });
    for width in [350.0, 860.0] {
        assert_no_collision(&svg(&chart, width), width, "multiples");
    }
    let flagged = svg(&chart, 860.0).matches("outside the usual range").count();
    assert_eq!(flagged, 1);
}
