//! Captured output of real df, lsblk and findmnt, read by the built-in adapters. The same file
//! systems were asked in several forms, so the forms must agree with each other.

use std::collections::BTreeMap;
use std::path::Path;

use tapeline::ingest::open::Limits;
use tapeline::ingest::{AdapterLibrary, Context, Loaded, SourceSpec, load_source};
use tapeline::model::frame::{Cell, Frame};
use tapeline::model::time::parse_iso;

/// Size, used and available of a file system.
type Sizes = (i64, i64, i64);

/// Loads one captured file as source `df-bkhost`.
fn load(adapter: &str, file: &str) -> Loaded {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let library = AdapterLibrary::load(&[], Some(&root.join("adapters"))).unwrap();
    let source = format!(
        "id = 'df-bkhost'\nadapter = '{adapter}'\npath = 'tests/fixtures/storage/{file}'\n\
         zone = 'Europe/Berlin'"
    );
    let source = SourceSpec::from_table(&toml::from_str(&source).unwrap(), "test").unwrap();
    let context = Context {
        root,
        spool: root,
        as_of_us: parse_iso("2026-11-23T00:00:00Z").unwrap(),
        people_key: b"test",
        limits: Limits::default(),
        known: &tapeline::ingest::NOTHING_KNOWN,
    };
    let mut loaded = load_source(&source, &library, &context, &mut std::io::empty()).unwrap();
    assert_eq!(loaded.len(), 1);
    loaded.remove(0)
}

/// Sizes by pool; every row has all three, and the capture time.
fn sizes(loaded: &Loaded) -> BTreeMap<String, Sizes> {
    assert_eq!(loaded.ledger.rows_quarantined, 0);
    let row = |frame: &Frame, at: usize| {
        let number = |name| match frame.cell(name, at) {
            Cell::Int(n) => n,
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(frame.cell("at", at), Cell::Time(loaded.ledger.captured_at));
        let Cell::Text(pool) = frame.cell("pool_id", at) else { panic!("no pool") };
        (pool, (number("size_bytes"), number("used_bytes"), number("available_bytes")))
    };
    loaded.frames.iter().flat_map(|f| (0..f.height()).map(|at| row(f, at))).collect()
}

fn named(rows: &[(&str, Sizes)]) -> BTreeMap<String, Sizes> {
    rows.iter().map(|(mount, sizes)| (format!("bkhost {mount}"), *sizes)).collect()
}

#[test]
fn df_in_bytes_names_host_and_mount_point_and_a_full_file_system_is_full() {
    let expected = named(&[
        ("/dev/shm", (12_638_257_152, 1_077_248, 12_637_179_904)),
        ("/data/bac/small", (9_437_184, 9_437_184, 0)),
    ]);
    assert_eq!(sizes(&load("df.posix", "01_df_posix.stdout")), expected);
    assert_eq!(sizes(&load("df.findmnt", "04_findmnt.stdout")), expected);
}

#[test]
fn df_in_kib_is_scaled_and_blanks_in_mount_points_stay() {
    let expected = named(&[
        ("/dev/shm", (12_638_257_152, 1_077_248, 12_637_179_904)),
        ("/data/bac/small", (9_437_184, 0, 9_437_184)),
        ("/mnt", (270_553_174_016, 36_626_862_080, 60_945_887_232)),
        ("/data/mnt/with space", (20_971_520, 0, 20_971_520)),
        ("/data/mnt/full", (5_242_880, 5_242_880, 0)),
    ]);
    let found = sizes(&load("df.kib", "07b_df_PTk.stdout"));
    assert_eq!(found, expected);
    let (size, used, available) = found["bkhost /mnt"];
    assert!(size > used + available, "blocks reserved for root are neither");
}

#[test]
fn rounded_sizes_lie_within_their_rounding_above_the_exact_ones() {
    let exact = sizes(&load("df.kib", "07b_df_PTk.stdout"));
    let rounded = sizes(&load("df.human", "07c_df_h.stdout"));
    assert!(exact.keys().eq(rounded.keys()));
    for (pool, (size, used, available)) in &exact {
        let (size_h, used_h, available_h) = rounded[pool];
        for (exact, rounded) in [(*size, size_h), (*used, used_h), (*available, available_h)] {
            // 1.1M stands for at most 1.1 MiB; the digits are rounded up.
            let within = rounded * 10 >= exact * 10 - 10 && rounded - exact <= exact / 9 + 1;
            assert!(within, "{pool}: {exact} {rounded}");
        }
    }
}

#[test]
fn lsblk_gives_mounted_file_systems_only() {
    let loaded = load("df.lsblk", "08_host_lsblk.json");
    assert_eq!((loaded.ledger.records_read, loaded.ledger.rows_out_of_scope), (2, 1));
    let expected = named(&[("/", (270_553_174_016, 35_896_291_328, 61_676_457_984))]);
    assert_eq!(sizes(&loaded), expected);
}

#[test]
fn error_text_and_another_unit_are_refused_not_read_as_sizes() {
    let cases = [
        ("df.posix", "05_zpool.stderr"),
        ("df.lsblk", "03_lsblk.stderr"),
        ("df.posix", "07b_df_PTk.stdout"),
        ("df.kib", "01_df_posix.stdout"),
        ("df.kib", "07c_df_h.stdout"),
    ];
    for (adapter, file) in cases {
        let loaded = load(adapter, file);
        assert!(loaded.refusal.is_some() && loaded.frames.is_empty(), "{adapter} {file}");
    }
}
