//! Parquet of three writers (tests/fixtures/canonical_parquet/make.py), and files that no writer
//! made. Expected texts are the values in make.py.

use std::io::{Cursor, Write};

use ::parquet::basic::Compression;
use ::parquet::file::metadata::{
    ParquetMetaData, ParquetMetaDataReader, ParquetMetaDataWriter, RowGroupMetaData,
};

use super::*;
use crate::ingest::open::{Limits, Opener, Origin};

const PARQUET: &str = "format = \"parquet\"";
const SYSTEMS: &[u8] = fixture!("canonical_parquet/systems.duckdb.parquet");

#[test]
fn every_scalar_type_becomes_its_text_and_null_is_none() {
    let (items, facts) = read(PARQUET, fixture!("canonical_parquet/types.parquet"));
    let wide = format!("1{}.0", "0".repeat(60));
    let cases = [
        ("i8", "-128"),
        ("i16", "-32768"),
        ("i32", "-2147483648"),
        ("i64", "-9223372036854775808"),
        ("u8", "255"),
        ("u16", "65535"),
        ("u32", "4294967295"),
        ("u64", "18446744073709551615"),
        ("f32", "0.1"),
        ("f64", "5e-324"),
        ("whole", "3600.0"),
        ("nan", "NaN"),
        ("yes", "true"),
        ("dec", "-12345678901234567890.123456789"),
        ("wide", &wide),
        ("day", "2026-10-25"),
        ("ms", "2026-10-25T00:30:00Z"),
        ("us", "2026-10-25T02:30:00.000007Z"),
        ("ns", "2026-10-25T02:30:00.000000001Z"),
        ("wall", "2026-10-25T02:30:00.000007"),
        ("before", "1969-12-31T23:59:59.999999Z"),
        ("far", "9223372036854775807"),
        ("clock_ms", "23:59:59.250"),
        ("clock_us", "00:00:01"),
        ("text", "ared\n\"q\" \\ ä"),
        ("bytes", "00ff50415231"),
        ("fixed", "010203"),
        ("words", "gold"),
        ("none", "<none>"),
        ("numbers", "[\"1\",\"3\"]"),
    ];
    assert_eq!(facts.header, cases.map(|(name, _)| name));
    for (name, want) in cases {
        assert_eq!(get(&items[0], name), want, "{name}");
        assert_eq!(get(&items[1], name), "<none>", "{name}");
    }
    assert_eq!((items.len(), facts.declared_rows), (2, Some(2)));
    assert_eq!(record(&items[1]).raw, "{}");
}

#[test]
fn types_of_a_database_keep_their_meaning() {
    let (items, _) = read(PARQUET, fixture!("canonical_parquet/duckdb.parquet"));
    assert_eq!(
        record(&items[0]).raw,
        "{\"id\":\"0b5e0d0c-95f0-4f0e-8d8c-7c7d2b7f2a10\",\"word\":\"late\",\
         \"doc\":\"{\\\"a\\\":1}\",\"wall\":\"2026-10-25T02:30:00\",\
         \"instant\":\"2026-10-25T00:30:00Z\"}"
    );
}

#[test]
fn the_year_9999_survives_times_of_96_bits_and_they_stay_wall_times() {
    let (items, _) = read(PARQUET, fixture!("canonical_parquet/int96.parquet"));
    let at: Vec<String> = items.iter().map(|item| get(item, "at")).collect();
    assert_eq!(at, ["9999-12-31T00:00:00", "2026-10-25T02:30:00.000007"]);
}

#[test]
fn structures_and_maps_are_reached_by_paths() {
    let (items, facts) = read(PARQUET, fixture!("canonical_parquet/nested.parquet"));
    let cases = [
        ("id", "a"),
        ("client.host", "db01"),
        ("client.size.bytes", "7"),
        ("client.size.parts[1].n", "2"),
        ("client.size.parts.#", "2"),
        ("tags.tier", "gold"),
        ("tags.site", "<none>"),
    ];
    for (path, want) in cases {
        assert_eq!(get(&items[0], path), want, "{path}");
    }
    assert!(facts.header.is_empty());
}

#[test]
fn plain_bytes_are_text_where_the_adapter_says_so() {
    let file = fixture!("canonical_parquet/bytes.parquet");
    let (items, _) = read(PARQUET, file);
    assert_eq!(get(&items[0], "name"), "c3a4");
    let (items, _) = read("format = \"parquet\"\nencoding = \"utf-8\"", file);
    assert_eq!(get(&items[0], "name"), "ä");
    assert_eq!(fault(&items[1]), Some(Fault::BadEncoding));
    assert_eq!(get(&items[2], "name"), "<none>");
    let said = refusal("format = \"parquet\"\nencoding = \"latin1\"", file);
    assert_eq!(said.kind, Kind::Config);
}

#[test]
fn the_same_rows_come_out_of_a_file_an_archive_a_compressed_file_and_a_stream() {
    let folder = tempfile::tempdir().unwrap();
    let (root, spool) = (folder.path().join("project"), folder.path().join("spool"));
    std::fs::create_dir(&root).unwrap();
    std::fs::write(root.join("a.parquet"), SYSTEMS).unwrap();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(SYSTEMS).unwrap();
    std::fs::write(root.join("a.parquet.gz"), gz.finish().unwrap()).unwrap();
    let mut zip = zip::ZipWriter::new(std::fs::File::create(root.join("a.zip")).unwrap());
    zip.start_file("a.parquet", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(SYSTEMS).unwrap();
    zip.finish().unwrap();
    let opener = Opener { root: &root, spool: &spool, limits: Limits::default() };
    let command = Origin::Command(["cat", "a.parquet"].map(str::to_owned).to_vec());
    let paths = ["a.parquet", "a.parquet.gz", "a.zip", "-"].map(|p| Origin::Path(p.to_owned()));
    for origin in paths.into_iter().chain([command]) {
        let inputs = opener.open(&origin, &mut Cursor::new(SYSTEMS)).unwrap();
        let found = records(&inputs[0], &spec(PARQUET)).unwrap().collect::<Result<Vec<Item>>>();
        let names: Vec<String> = found.unwrap().iter().map(|i| get(i, "system_id")).collect();
        assert_eq!(names, ["erp", "crm", "wms"], "{origin:?}");
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    std::fs::write(&path, SYSTEMS).unwrap();
    let opener = Opener { root: folder.path(), spool: folder.path(), limits: Limits::default() };
    let origin = Origin::Path("a.parquet".to_owned());
    let input = opener.open(&origin, &mut std::io::empty()).unwrap().remove(0);
    let mut found = records(&input, &spec(PARQUET)).unwrap();
    assert!(found.next().unwrap().is_ok());
    // The writer's name in the footer: no value of the table.
    let mut other = SYSTEMS.to_vec();
    let at = other.windows(6).position(|w| w == b"DuckDB").unwrap();
    other[at] = b'd';
    std::fs::write(&path, &other).unwrap();
    let said = found.find_map(std::result::Result::err).expect("must be refused");
    assert_eq!(said.message, "changed while it was read");
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    for length in 0..SYSTEMS.len() {
        let said = refusal(PARQUET, &SYSTEMS[..length]);
        let want = match length {
            0..4 => "is no Parquet file",
            _ => "the Parquet file is cut: it has no footer",
        };
        assert_eq!((said.kind, said.message.as_str()), (Kind::Input, want), "{length}");
        assert!(said.hint.is_some());
    }
}

#[test]
fn a_changed_byte_anywhere_is_at_most_refused() {
    for file in [SYSTEMS, fixture!("canonical_parquet/nested.parquet")] {
        for at in 0..file.len() {
            for mask in [0xff, 0x80, 0x01] {
                let mut bytes = file.to_vec();
                bytes[at] ^= mask;
                if let Err(said) = try_read(PARQUET, bytes) {
                    assert_eq!(said.kind, Kind::Input, "{at}: {said}");
                }
            }
        }
    }
}

#[test]
fn what_is_no_parquet_file_says_what_it_is() {
    let said = refusal(PARQUET, "id,name\n1,a\n");
    assert_eq!(said.message, "is no Parquet file");
    let said = refusal(PARQUET, "<!DOCTYPE html><html>Log in</html>");
    assert_eq!(said.message, "holds a web page instead of data");
    let mut locked = SYSTEMS.to_vec();
    let end = locked.len();
    locked[end - 1] = b'E';
    assert_eq!(refusal(PARQUET, locked).message, "the Parquet file is encrypted");
    for read in ["format = \"csv\"", "format = \"json\"", "format = \"lines\""] {
        assert_eq!(refusal(read, SYSTEMS).message, "is a Parquet file, not text", "{read}");
    }
}

#[test]
fn types_and_compression_without_text_are_refused_by_name() {
    let said = refusal(PARQUET, fixture!("canonical_parquet/interval.parquet"));
    assert!(said.message.starts_with("column \"span\" is of type Interval"), "{said}");
    let said = refusal(PARQUET, with_lzo(SYSTEMS));
    assert_eq!(said.message, "column \"system_id\" is compressed with LZO");
    assert!(said.hint.is_some());
}

#[test]
fn decompressed_text_has_a_cap() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.parquet"), SYSTEMS).unwrap();
    let limits = Limits { decompressed_max_bytes: 2000, ..Limits::default() };
    let opener = Opener { root: folder.path(), spool: folder.path(), limits };
    let read_all = |opener: &Opener<'_>| {
        let origin = Origin::Path("a.parquet".to_owned());
        let input = opener.open(&origin, &mut std::io::empty()).unwrap().remove(0);
        records(&input, &spec(PARQUET))?.collect::<Result<Vec<Item>>>()
    };
    assert_eq!(read_all(&opener).unwrap().len(), 3);
    // The three records are 600 bytes of text; the file itself is larger.
    let limits = Limits { decompressed_max_bytes: 300, ..Limits::default() };
    let said = read_all(&Opener { limits, ..opener }).unwrap_err();
    assert_eq!(said.message, "more than 300 bytes decompressed");
}

/// The same file with a footer that says its first column was compressed with LZO.
fn with_lzo(file: &'static [u8]) -> Vec<u8> {
    let read = ParquetMetaDataReader::new().parse_and_finish(&bytes::Bytes::from_static(file));
    let metadata = read.unwrap();
    let group = metadata.row_group(0);
    let mut columns = group.columns().to_vec();
    let first = columns.remove(0).into_builder().set_compression(Compression::LZO).build().unwrap();
    columns.insert(0, first);
    let group = RowGroupMetaData::builder(group.schema_descr_ptr())
        .set_num_rows(group.num_rows())
        .set_total_byte_size(group.total_byte_size())
        .set_column_metadata(columns)
        .build()
        .unwrap();
    let changed = ParquetMetaData::new(metadata.file_metadata().clone(), vec![group]);
    let mut out = file.to_vec();
    ParquetMetaDataWriter::new(&mut out, &changed).finish().unwrap();
    out
}
