//! The differential test: every probe and every query, on random small worlds, in Polars and in
//! DuckDB (from PyPI), compared cell by cell. Rust makes the worlds and Polars' answers, writes
//! both as Parquet, and `tests/python/differential.py` recomputes them. Without python and
//! duckdb it says so and passes, unless `TAPELINE_REQUIRE_TOOLS=1`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at what it does not expect"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use polars::prelude as pl;
use polars::prelude::IntoLazy as _;
use serde_json::json;
use tapeline::bridge;
use tapeline::catalog::{Catalog, Var, Vars, files};
use tapeline::engines::gate::{Dialect, spell};
use tapeline::engines::{Engine, Polars, TableSource};
use tapeline::error::Result;
use tapeline::model::frame::{Cell, Column, Frame, Type};
use tapeline::model::table::Table;
use tapeline::model::{tables, time};

use crate::program::python_with;

/// Rows by table or query.
type Frames = BTreeMap<String, Frame>;

const WORLDS: u64 = 4;

/// A small generator with a fixed seed: the same worlds on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).unwrap()].clone()
    }
}

const TEXTS: &[&str] = &["a", "b", "c", "a b", "x%", "", "Y"];
const DAYS: &[&str] = &[
    "2026-06-30",
    "2026-07-01",
    "2026-07-01",
    "2026-07-02",
    "2026-07-31",
    "2026-08-01",
    "2026-09-15",
];

fn cell(random: &mut Random, kind: Type, words: &[&str]) -> Cell {
    match kind {
        Type::Text if words.is_empty() => Cell::Text(random.pick(TEXTS).to_owned()),
        // The first words of a list are the common ones; queries filter for them.
        Type::Text if random.below(3) > 0 => {
            Cell::Text(random.pick(&words[..words.len().min(2)]).to_owned())
        }
        Type::Text => Cell::Text(random.pick(words).to_owned()),
        Type::Int => Cell::Int(random.pick(&[0, 1, 2, 2, 3, 7, 1_000_000_000_000])),
        Type::Float => Cell::Float(random.pick(&[0.0, 0.5, 60.000_001, 3600.0, 86_400.25])),
        Type::Bool => Cell::Bool(random.below(2) == 0),
        Type::Time => {
            let day = time::parse_iso(random.pick(DAYS)).unwrap();
            Cell::Time(day + random.pick(&[0, 0, 1, 7_200_000_000, 86_399_999_999]))
        }
        Type::List => {
            Cell::List((0..random.below(3)).map(|_| random.pick(TEXTS).to_owned()).collect())
        }
    }
}

/// Random rows of a table; keys are unique, as the lake guarantees.
fn rows(random: &mut Random, table: &Table) -> Frame {
    let count = random.pick(&[0_usize, 1, 12, 40, 40, 80]);
    let mut frame = Frame::new();
    for spec in table.all_columns() {
        let mut column = Column::empty(spec.kind);
        for _ in 0..count {
            let is_null = spec.nullable && random.below(3) == 0;
            let value = if is_null { Cell::Null } else { cell(random, spec.kind, spec.words) };
            column.push(value).unwrap();
        }
        frame.add(spec.name, column).unwrap();
    }
    let mut seen = BTreeSet::new();
    let keep: Vec<usize> = (0..count)
        .filter(|row| {
            let key = std::iter::once(&"source_id").chain(table.key);
            let key: Vec<Cell> = key.map(|name| frame.cell(name, *row)).collect();
            seen.insert(format!("{key:?}"))
        })
        .collect();
    frame.take(&keep)
}

fn frame(columns: &[(&str, Type)], random: &mut Random, count: usize) -> Frame {
    let made = columns.iter().map(|(name, kind)| {
        let mut column = Column::empty(*kind);
        for _ in 0..count {
            let value = if random.below(4) == 0 {
                Cell::Null
            } else {
                match (*name, kind) {
                    ("g", _) => Cell::Text(random.pick(&["a", "b", "c"]).to_owned()),
                    ("s", _) => Cell::Text(random.pick(&["x", "Y", "", "a%b", "ab"]).to_owned()),
                    (_, Type::Int) => Cell::Int(random.pick(&[-7, 0, 1, 2, 2, 5, 7])),
                    _ => cell(random, *kind, &[]),
                }
            };
            column.push(value).unwrap();
        }
        ((*name).to_owned(), column)
    });
    Frame::from_columns(made.collect()).unwrap()
}

/// Tables of the probes: `t` with every type, `u` and `w` to join, `e` empty. Rows of `t` are
/// distinct in (us, v), so that windows over both have one answer.
fn probe_world(random: &mut Random) -> Frames {
    let t = [
        ("g", Type::Text),
        ("k", Type::Int),
        ("v", Type::Int),
        ("f", Type::Float),
        ("b", Type::Bool),
        ("us", Type::Int),
        ("s", Type::Text),
        ("at", Type::Time),
        ("started_at", Type::Time),
    ];
    let u = [("g", Type::Text), ("k", Type::Int), ("w", Type::Int), ("b", Type::Bool)];
    let w = [("g", Type::Text), ("k", Type::Int), ("y", Type::Int)];
    let count = random.pick(&[0_usize, 1, 7, 15]);
    let mut main = frame(&t, random, count);
    let distinct = (0..count).map(|n| Some(i64::try_from(n).unwrap() * 37 % 16)).collect();
    main.set("us", Column::Int(distinct)).unwrap();
    let at: Vec<Option<i64>> = main
        .time("at")
        .unwrap()
        .iter()
        .enumerate()
        .map(|(n, at)| at.map(|at| at + i64::try_from(n).unwrap()))
        .collect();
    main.set("at", Column::Time(at)).unwrap();
    BTreeMap::from([
        ("e".to_owned(), main.take(&[])),
        ("t".to_owned(), main),
        ("u".to_owned(), frame(&u, random, 6)),
        ("w".to_owned(), frame(&w, random, 5)),
    ])
}

/// Writes a frame as DuckDB should see it: instants without a zone, as the house reads them.
fn write(path: &Path, frame: &Frame) {
    let naive = pl::DataType::Datetime(pl::TimeUnit::Microseconds, None);
    let times = frame.iter().filter(|(_, c)| c.kind() == Type::Time).map(|(n, _)| n.to_owned());
    let casts: Vec<pl::Expr> = times.map(|n| pl::col(n).cast(naive.clone())).collect();
    let mut data = bridge::to_polars(frame).unwrap().lazy().with_columns(casts).collect().unwrap();
    pl::ParquetWriter::new(File::create(path).unwrap()).finish(&mut data).unwrap();
}

struct Export {
    dir: PathBuf,
    cases: Vec<serde_json::Value>,
    refused: BTreeSet<String>,
}

impl Export {
    /// Writes one statement, its tables and Polars' answer for DuckDB to recompute.
    fn case(&mut self, name: &str, sql: &str, world: &Frames, answer: &Frame) {
        let n = self.cases.len();
        let spelled = spell(sql, Dialect::DuckDb).unwrap();
        let mut paths = serde_json::Map::new();
        for table in &spelled.tables {
            let path = self.dir.join(format!("{n}-{table}.parquet"));
            write(&path, &world[table]);
            paths.insert(table.clone(), json!(path));
        }
        let path = self.dir.join(format!("{n}.parquet"));
        write(&path, answer);
        self.cases
            .push(json!({ "name": name, "sql": spelled.sql, "tables": paths, "answer": path }));
    }

    fn probe(&mut self, name: &str, sql: &str, world: &Frames) {
        match Polars.run(sql, &sources(world), &[]) {
            Ok(answer) => self.case(name, sql, world, &answer),
            Err(e) => drop(self.refused.insert(format!("{sql}: {e}"))),
        }
    }

    /// Polars answers query by query, each from the answers of those that it needs, as reports
    /// do; DuckDB runs the whole statement. So the flat statement is tested too.
    fn query(
        &mut self,
        catalog: &Catalog,
        name: &str,
        world: &Frames,
        known: &mut Frames,
    ) -> Result<()> {
        if known.contains_key(name) {
            return Ok(());
        }
        let plan = catalog.plan(name, &vars())?;
        for inner in &plan.queries {
            self.query(catalog, inner, world, known)?;
        }
        let given = plan.queries.iter().cloned().collect();
        let short = catalog.plan_given(name, &vars(), &given)?;
        let mut tables: Frames =
            short.tables.iter().map(|t| (t.name.to_owned(), world[t.name].clone())).collect();
        tables.extend(short.given.iter().map(|q| (q.clone(), known[q].clone())));
        let answer = Polars
            .run(&short.sql, &sources(&tables), &short.types())
            .map_err(|e| short.locate(e))?;
        self.case(name, &plan.sql, world, &answer);
        known.insert(name.to_owned(), answer);
        Ok(())
    }
}

fn sources(frames: &Frames) -> BTreeMap<String, TableSource> {
    frames.iter().map(|(k, v)| (k.clone(), TableSource::Frame(v.clone()))).collect()
}

fn catalog() -> Catalog {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries");
    Catalog::new(files::read_folder(&folder).unwrap(), &tables::all()).unwrap()
}

fn vars() -> Vars {
    let at = |text: &str| Var::Time(time::parse_iso(text).unwrap());
    Vars::from([
        ("from".to_owned(), at("2026-07-01")),
        ("to".to_owned(), at("2026-08-01")),
        ("as_of".to_owned(), at("2026-08-01T06:00:00Z")),
    ])
}

#[test]
fn polars_and_duckdb_agree_on_every_probe_and_query() {
    let Some(python) = python_with("duckdb") else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut export =
        Export { dir: dir.path().to_owned(), cases: Vec::new(), refused: BTreeSet::new() };
    let mut random = Random(20_260_701);
    let catalog = catalog();
    for world in 0..WORLDS {
        let probes = probe_world(&mut random);
        for (n, sql) in include_str!("../probes/accepted.sql").lines().enumerate() {
            export.probe(&format!("probe {} of world {world}", n + 1), sql, &probes);
        }
        let tables = tables::all();
        let frames = tables.iter().map(|t| (t.name.to_owned(), rows(&mut random, t)));
        let (frames, mut known): (Frames, Frames) = (frames.collect(), Frames::new());
        for name in catalog.queries().keys() {
            if let Err(e) = export.query(&catalog, name, &frames, &mut known) {
                export.refused.insert(format!("{name}: {e}"));
            }
        }
        let with_rows = known.values().filter(|f| f.height() > 0).count();
        println!("world {world}: {with_rows} of {} queries have rows", known.len());
    }
    let manifest = dir.path().join("cases.json");
    std::fs::write(&manifest, serde_json::to_vec(&export.cases).unwrap()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/differential.py");
    let run = Command::new(python).arg(script).arg(&manifest).output().unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{said}{}", String::from_utf8_lossy(&run.stderr));
    let refused: Vec<String> = export.refused.into_iter().collect();
    assert!(refused.is_empty(), "{}", refused.join("\n\n"));
}
