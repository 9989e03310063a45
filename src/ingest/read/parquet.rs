//! Parquet: row groups are read one after the other, a batch of rows at a time, and every cell
//! becomes the text that the mapping expects. Flat columns give rows under a header; a file with
//! structures gives trees. It must never trust what a writer noted beside the format (an Arrow
//! schema): only the types of the format itself count.
//!
//! The raw text of a record is a JSON object of its cells that are not null, in file order.

use std::io::Read;
use std::sync::Arc;

use ::parquet::arrow::ProjectionMask;
use ::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use ::parquet::basic::{Compression, ConvertedType, LogicalType, Type as Physical};
use ::parquet::errors::{ParquetError, Result as ParquetResult};
use ::parquet::file::reader::{ChunkReader, Length};
use ::parquet::schema::types::Type as Node;
use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use bytes::Bytes;

use crate::error::{Error, Result};
use crate::ingest::open::{Input, Whole, read_error};
use crate::ingest::record::{Fault, Fields, Item, Json, Record};

use super::RECORD_MAX_BYTES;
use super::arrow::{foreign, is_flat, text, value};
use super::csv::unique;
use super::refuse;
use super::scan::shortened;
use super::source::{Facts, Source};
use super::spec::ReadSpec;
use super::tree::push_quoted;

/// Rows decoded at a time.
const BATCH_ROWS: usize = 1024;
/// First and last bytes of every Parquet file.
const MAGIC: &[u8] = b"PAR1";
/// Last bytes of a file whose footer is encrypted.
const MAGIC_ENCRYPTED: &[u8] = b"PARE";

/// Reads one input.
pub(super) struct Parquet {
    name: String,
    whole: Whole,
    reader: ParquetRecordBatchReader,
    batch: Option<RecordBatch>,
    row: usize,
    header: Arc<Vec<String>>,
    /// `"name":` of each column.
    labels: Vec<String>,
    /// Columns of 16 bytes that are UUIDs.
    uuids: Vec<bool>,
    is_flat: bool,
    number: i64,
    text_bytes: u64,
    text_max_bytes: u64,
    facts: Facts,
}

impl Parquet {
    pub(super) fn open(input: &Input, spec: &ReadSpec) -> Result<Parquet> {
        let whole = input.whole()?;
        let failed = |e: ParquetError| damaged(&whole, input.name(), &e.to_string());
        signature(&whole, input, spec)?;
        // What else stands in the file (an Arrow schema, indexes) is not needed.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let plain = guarded(|| ArrowReaderMetadata::load(&whole, options.clone()));
        let plain = plain.map_err(failed)?;
        codecs(&plain)?;
        let schema = schema(&plain, spec);
        let nodes = plain.parquet_schema().root_schema().get_fields();
        let uuids = nodes.iter().map(|node| is_uuid(node)).collect();
        for field in schema.fields() {
            if let Some(kind) = foreign(field.data_type()) {
                let column = field.name();
                return Err(Error::input(format!("column \"{column}\" is of type {kind}"))
                    .hint("cast it to text in the export, or leave it out"));
            }
        }
        let rows = plain.metadata().file_metadata().num_rows();
        let (is_flat, names) = (
            schema.fields().iter().all(|field| is_flat(field.data_type())),
            schema.fields().iter().map(|field| text(field.name())).collect::<Vec<_>>(),
        );
        let metadata = Arc::clone(plain.metadata());
        let typed = guarded(|| {
            ArrowReaderMetadata::try_new(metadata, options.with_schema(Arc::new(schema)))
        });
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(
            whole.clone(),
            typed.map_err(failed)?,
        )
        .with_projection(ProjectionMask::all())
        .with_batch_size(BATCH_ROWS);
        let reader = guarded(|| builder.build()).map_err(failed)?;
        let header = unique(&names);
        let facts = Facts {
            encoding: "UTF-8",
            header: if is_flat { header.clone() } else { Vec::new() },
            declared_rows: Some(rows),
            ends_with_newline: true,
            ..Facts::default()
        };
        Ok(Parquet {
            name: input.name().to_owned(),
            whole,
            reader,
            batch: None,
            row: 0,
            labels: header.iter().map(|name| label(name)).collect(),
            header: Arc::new(header),
            uuids,
            is_flat,
            number: 0,
            text_bytes: 0,
            text_max_bytes: input.decompressed_max_bytes(),
            facts,
        })
    }

    fn item(&mut self, batch: &RecordBatch, row: usize) -> Result<Item> {
        self.number += 1;
        let number = self.number;
        let mut raw = String::from("{");
        let mut values = Vec::with_capacity(self.header.len());
        for ((column, label), is_uuid) in batch.columns().iter().zip(&self.labels).zip(&self.uuids)
        {
            let value = match value(column.as_ref(), row) {
                Ok(Json::Text(digits)) if *is_uuid => Json::Text(uuid(&digits)),
                Ok(value) => value,
                Err(fault) => return Ok(Item::Bad { number, fault, raw: raw + "..." }),
            };
            if value != Json::Null {
                if raw.len() > 1 {
                    raw.push(',');
                }
                raw.push_str(label);
                push(&value, &mut raw);
            }
            values.push(value);
        }
        raw.push('}');
        self.text_bytes += raw.len() as u64;
        if self.text_bytes > self.text_max_bytes {
            let max = self.text_max_bytes;
            return Err(Error::input(format!("more than {max} bytes decompressed"))
                .hint("split the export, or raise the size limit of the source"));
        }
        if raw.len() > RECORD_MAX_BYTES {
            let raw = shortened(&raw).to_owned();
            return Ok(Item::Bad { number, fault: Fault::RecordTooLong, raw });
        }
        let fields = if self.is_flat {
            let cells = values.into_iter().map(cell).collect();
            Fields::Row { header: Arc::clone(&self.header), cells }
        } else {
            let members = self.header.iter().cloned().zip(values).collect();
            Fields::Tree { value: Json::Object(members), parent: None }
        };
        Ok(Item::Record(Record { number, fields, raw }))
    }
}

impl Source for Parquet {
    fn next_item(&mut self) -> Result<Option<Item>> {
        loop {
            if let Some(batch) = self.batch.take_if(|batch| self.row < batch.num_rows()) {
                let item = self.item(&batch, self.row)?;
                self.row += 1;
                self.batch = Some(batch);
                return Ok(Some(item));
            }
            let next = guarded(|| self.reader.next().transpose().map_err(ParquetError::from));
            match next {
                Ok(Some(batch)) => (self.batch, self.row) = (Some(batch), 0),
                Ok(None) => {
                    self.whole.check().map_err(|e| read_error(e, &self.name))?;
                    return Ok(None);
                }
                Err(e) => return Err(damaged(&self.whole, &self.name, &e.to_string())),
            }
        }
    }

    fn facts(&self) -> Facts {
        self.facts.clone()
    }
}

/// Whether an input begins like a Parquet file.
///
/// # Errors
/// As [`Input::bytes`]; storage: reading failed.
pub fn is_parquet(input: &Input) -> Result<bool> {
    let mut head = Vec::new();
    let read = input.bytes()?.take(4).read_to_end(&mut head);
    read.map_err(|e| read_error(e, input.name()))?;
    Ok(head == MAGIC)
}

/// Refuses what is no Parquet file, and one that was cut or encrypted.
fn signature(whole: &Whole, input: &Input, spec: &ReadSpec) -> Result<()> {
    if !is_parquet(input)? {
        refuse::page(input.text(None)?.head()?, spec.format)?;
        return Err(Error::input("is no Parquet file")
            .hint("text exports have adapters of their own: `tapeline adapters list`"));
    }
    let size_bytes = whole.size_bytes().map_err(|e| read_error(e, input.name()))?;
    let end = size_bytes.checked_sub(4).filter(|at| *at >= 8);
    let end = end.and_then(|at| whole.get_bytes(at, 4).ok());
    match end.as_deref() {
        Some(MAGIC) => Ok(()),
        Some(MAGIC_ENCRYPTED) => Err(Error::input("the Parquet file is encrypted")
            .hint("export it without encryption, into a folder that is protected")),
        Some(_) | None => Err(Error::input("the Parquet file is cut: it has no footer")
            .hint("copy or export it again; load it when the export is finished")),
    }
}

/// Refuses compression that cannot be undone here.
fn codecs(metadata: &ArrowReaderMetadata) -> Result<()> {
    let groups = metadata.metadata().row_groups();
    for column in groups.iter().flat_map(|group| group.columns()) {
        match column.compression() {
            Compression::UNCOMPRESSED
            | Compression::SNAPPY
            | Compression::GZIP(_)
            | Compression::BROTLI(_)
            | Compression::LZ4
            | Compression::LZ4_RAW
            | Compression::ZSTD(_) => {}
            codec @ Compression::LZO => {
                let name = column.column_path().string();
                return Err(Error::input(format!("column \"{name}\" is compressed with {codec}"))
                    .hint("export it with zstd, snappy, gzip, brotli, lz4 or uncompressed"));
            }
        }
    }
    Ok(())
}

/// The types to read, where the format leaves a choice: times of 96 bits in microseconds (in
/// nanoseconds the year 9999 would wrap round), words of an enumeration as text, and bytes as text
/// when the adapter says that they are.
fn schema(metadata: &ArrowReaderMetadata, spec: &ReadSpec) -> Schema {
    let nodes = metadata.parquet_schema().root_schema().get_fields();
    let fields = metadata.schema().fields().iter().zip(nodes).map(|(field, node)| {
        let kind = match field.data_type() {
            DataType::Timestamp(..) if physical(node) == Some(Physical::INT96) => {
                DataType::Timestamp(TimeUnit::Microsecond, None)
            }
            DataType::Binary if is_word(node) || spec.encoding.is_some() => DataType::Utf8,
            other => other.clone(),
        };
        Field::clone(field).with_data_type(kind)
    });
    Schema::new(fields.collect::<Vec<Field>>())
}

fn physical(node: &Node) -> Option<Physical> {
    node.is_primitive().then(|| node.get_physical_type())
}

fn is_word(node: &Node) -> bool {
    let info = node.get_basic_info();
    info.logical_type_ref() == Some(&LogicalType::Enum)
        || info.converted_type() == ConvertedType::ENUM
}

fn is_uuid(node: &Node) -> bool {
    node.get_basic_info().logical_type_ref() == Some(&LogicalType::Uuid)
}

/// 32 hexadecimal digits in the groups of a UUID.
fn uuid(digits: &str) -> String {
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32];
    parts.map(|range| digits.get(range).unwrap_or_default()).join("-")
}

/// A scalar as it is, a list as a JSON array of texts.
fn cell(value: Json) -> Option<String> {
    match value {
        Json::Null => None,
        Json::Number(text) | Json::Text(text) => Some(text),
        Json::List(items) => {
            let texts = items.iter().filter_map(|i| Some(Json::Text(i.scalar()?.into_owned())));
            Some(Json::List(texts.collect()).to_string())
        }
        value @ (Json::Bool(_) | Json::Object(_)) => Some(value.to_string()),
    }
}

fn label(name: &str) -> String {
    let mut label = String::new();
    push_quoted(name, &mut label);
    label + ":"
}

fn push(value: &Json, raw: &mut String) {
    match value {
        Json::Number(digits) => raw.push_str(digits),
        Json::Text(text) => push_quoted(text, raw),
        Json::Null | Json::Bool(_) | Json::List(_) | Json::Object(_) => {
            raw.push_str(&value.to_string());
        }
    }
}

/// The decoder may panic on bytes that no writer made; here that is damage like any other.
fn guarded<T>(work: impl FnOnce() -> ParquetResult<T>) -> ParquetResult<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(ParquetError::General("not decodable".to_owned())))
}

/// Damage, unless the file changed or cannot be read.
fn damaged(whole: &Whole, name: &str, cause: &str) -> Error {
    match whole.check() {
        Err(e) => read_error(e, name),
        Ok(()) => Error::input("the Parquet file is damaged")
            .because(cause)
            .hint("copy or export it again"),
    }
}

impl Length for Whole {
    fn len(&self) -> u64 {
        self.size_bytes().unwrap_or_default()
    }
}

impl ChunkReader for Whole {
    type T = Box<dyn Read + Send>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        Ok(match self {
            Whole::File(file, _) => Box::new(file.get_read(start)?),
            Whole::Memory(bytes) => Box::new(bytes.get_read(start)?),
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        // Places stand in the file; one beyond its end must not become a buffer of that size.
        let end = start.checked_add(length as u64);
        if end.is_none_or(|end| end > self.len()) {
            return Err(ParquetError::EOF(format!("no {length} bytes at {start}")));
        }
        match self {
            Whole::File(file, _) => file.get_bytes(start, length),
            Whole::Memory(bytes) => bytes.get_bytes(start, length),
        }
    }
}
