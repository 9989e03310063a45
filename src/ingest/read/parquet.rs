//! Parquet: row groups are read one after the other, a batch of rows at a time, and every cell
//! becomes the text that the mapping expects. Flat columns give rows under a header; a file with
//! structures gives trees. It must never trust what a writer noted beside the format (an Arrow
//! schema): only the types of the format itself count.
//!
//! The raw text of a record is a JSON object of its cells that are not null, in file order.

use std::collections::VecDeque;
use std::sync::Arc;

use ::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use ::parquet::basic::{ConvertedType, LogicalType, Type as Physical};
use ::parquet::errors::{ParquetError, Result as ParquetResult};
use ::parquet::schema::types::{Type as Node, TypePtr};
use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Field, FieldRef, Schema, TimeUnit};

use crate::error::{Error, Result};
use crate::ingest::open::{Input, Whole, read_error};
use crate::ingest::record::{Fault, Fields, Item, Json, Record};

use super::RECORD_MAX_BYTES;
use super::arrow::{foreign, is_flat, text, value};
use super::csv::unique;
use super::parquet_bytes::{codecs, damaged, guarded, signature};
use super::scan::shortened;
use super::source::{Facts, Source};
use super::spec::ReadSpec;
use super::tree::push_quoted;

/// Rows decoded at a time.
const BATCH_ROWS: usize = 1024;

/// Reads one input.
pub(super) struct Parquet {
    name: String,
    whole: Whole,
    reader: ParquetRecordBatchReader,
    queue: VecDeque<Item>,
    rows: Rows,
    text_bytes: u64,
    text_max_bytes: u64,
    facts: Facts,
}

/// Makes records of batches.
struct Rows {
    header: Arc<Vec<String>>,
    columns: Vec<Column>,
    is_flat: bool,
    number: i64,
}

/// What a column is besides its Arrow type.
struct Column {
    /// `"name":`
    label: String,
    bytes: Bytes,
}

/// What the bytes of a binary column are; other columns do not ask.
#[derive(Clone, Copy)]
enum Bytes {
    /// Nobody knows: hexadecimal digits.
    Opaque,
    /// UTF-8: words of an enumeration, or because the adapter says so.
    Text,
    /// The 16 bytes of a UUID.
    Uuid,
}

impl Parquet {
    pub(super) fn open(input: &Input, spec: &ReadSpec) -> Result<Parquet> {
        let whole = input.whole()?;
        let failed = |e: ParquetError| damaged(&whole, input.name(), &e.to_string());
        signature(&whole, input, spec)?;
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let found = guarded(|| ArrowReaderMetadata::load(&whole, options.clone()));
        let found = found.map_err(failed)?;
        codecs(&found)?;
        let nodes = found.parquet_schema().root_schema().get_fields().to_vec();
        let fields = fields(found.schema().fields(), &nodes)?;
        let is_flat = fields.iter().all(|field| is_flat(field.data_type()));
        let rows = Rows::new(&fields, &nodes, is_flat, spec.encoding.is_some());
        let facts = Facts {
            encoding: "UTF-8",
            header: if is_flat { rows.header.to_vec() } else { Vec::new() },
            declared_rows: Some(found.metadata().file_metadata().num_rows()),
            ends_with_newline: true,
            ..Facts::default()
        };
        let reader = guarded(|| {
            let options = options.with_schema(Arc::new(Schema::new(fields)));
            let typed = ArrowReaderMetadata::try_new(Arc::clone(found.metadata()), options)?;
            ParquetRecordBatchReaderBuilder::new_with_metadata(whole.clone(), typed)
                .with_batch_size(BATCH_ROWS)
                .build()
        });
        Ok(Parquet {
            name: input.name().to_owned(),
            reader: reader.map_err(failed)?,
            whole,
            queue: VecDeque::new(),
            rows,
            text_bytes: 0,
            text_max_bytes: input.decompressed_max_bytes(),
            facts,
        })
    }

    /// The records of the next batch; none = the end.
    fn decode(&mut self) -> ParquetResult<Option<VecDeque<Item>>> {
        let Some(batch) = self.reader.next().transpose()? else { return Ok(None) };
        Ok(Some((0..batch.num_rows()).map(|row| self.rows.item(&batch, row)).collect()))
    }
}

impl Source for Parquet {
    fn next_item(&mut self) -> Result<Option<Item>> {
        while self.queue.is_empty() {
            match guarded(|| self.decode()) {
                Ok(Some(items)) => self.queue = items,
                Ok(None) => {
                    self.whole.check().map_err(|e| read_error(e, &self.name))?;
                    return Ok(None);
                }
                Err(e) => return Err(damaged(&self.whole, &self.name, &e.to_string())),
            }
        }
        let item = self.queue.pop_front();
        if let Some(Item::Record(Record { raw, .. }) | Item::Bad { raw, .. }) = &item {
            self.text_bytes += raw.len() as u64;
        }
        if self.text_bytes > self.text_max_bytes {
            let max = self.text_max_bytes;
            return Err(Error::input(format!("more than {max} bytes decompressed"))
                .hint("split the export, or raise the size limit of the source"));
        }
        Ok(item)
    }

    fn facts(&self) -> Facts {
        self.facts.clone()
    }
}

impl Rows {
    fn new(fields: &[Field], nodes: &[TypePtr], is_flat: bool, is_text: bool) -> Rows {
        let names: Vec<String> = fields.iter().map(|field| text(field.name())).collect();
        let header = unique(&names);
        let column = |(name, node): (&String, &TypePtr)| {
            let mut label = String::new();
            push_quoted(name, &mut label);
            label.push(':');
            Column { label, bytes: bytes(node, is_text) }
        };
        let columns = header.iter().zip(nodes).map(column).collect();
        Rows { header: Arc::new(header), columns, is_flat, number: 0 }
    }

    fn item(&mut self, batch: &RecordBatch, row: usize) -> Item {
        self.number += 1;
        let number = self.number;
        let mut raw = String::from("{");
        let mut values = Vec::with_capacity(self.columns.len());
        for (column, array) in self.columns.iter().zip(batch.columns()) {
            let value = match column.value(array.as_ref(), row) {
                Ok(value) => value,
                Err(fault) => return Item::Bad { number, fault, raw: raw + "..." },
            };
            if value != Json::Null {
                if raw.len() > 1 {
                    raw.push(',');
                }
                raw.push_str(&column.label);
                push(&value, &mut raw);
            }
            values.push(value);
        }
        raw.push('}');
        if raw.len() > RECORD_MAX_BYTES {
            let raw = shortened(&raw).to_owned();
            return Item::Bad { number, fault: Fault::RecordTooLong, raw };
        }
        let fields = if self.is_flat {
            let cells = values.into_iter().map(cell).collect();
            Fields::Row { header: Arc::clone(&self.header), cells }
        } else {
            let members = self.header.iter().cloned().zip(values).collect();
            Fields::Tree { value: Json::Object(members), parent: None }
        };
        Item::Record(Record { number, fields, raw })
    }
}

impl Column {
    fn value(&self, array: &dyn Array, row: usize) -> Result<Json, Fault> {
        match (self.bytes, array.as_binary_opt::<i32>()) {
            (Bytes::Text, Some(texts)) if texts.is_valid(row) => {
                let found = std::str::from_utf8(texts.value(row));
                found.map(|t| Json::Text(text(t))).map_err(|_| Fault::BadEncoding)
            }
            (Bytes::Uuid, _) => Ok(match value(array, row)? {
                Json::Text(digits) => Json::Text(uuid(&digits)),
                other => other,
            }),
            (Bytes::Opaque | Bytes::Text, _) => value(array, row),
        }
    }
}

/// The columns with the types to read them in. Times of 96 bits are read in microseconds: in
/// nanoseconds the year 9999 would wrap round.
fn fields(fields: &[FieldRef], nodes: &[TypePtr]) -> Result<Vec<Field>> {
    let field = |(field, node): (&FieldRef, &TypePtr)| {
        if let Some(kind) = foreign(field.data_type()) {
            let column = field.name();
            return Err(Error::input(format!("column \"{column}\" is of type {kind}"))
                .hint("cast it to text in the export, or leave it out"));
        }
        let is_96_bits = node.is_primitive() && node.get_physical_type() == Physical::INT96;
        let field = Field::clone(field);
        let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
        Ok(if is_96_bits { field.with_data_type(micros) } else { field })
    };
    fields.iter().zip(nodes).map(field).collect()
}

fn bytes(node: &Node, is_text: bool) -> Bytes {
    let info = node.get_basic_info();
    match info.logical_type_ref() {
        Some(LogicalType::Uuid) => Bytes::Uuid,
        Some(LogicalType::Enum) => Bytes::Text,
        _ if is_text || info.converted_type() == ConvertedType::ENUM => Bytes::Text,
        _ => Bytes::Opaque,
    }
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

fn push(value: &Json, raw: &mut String) {
    match value {
        Json::Number(digits) => raw.push_str(digits),
        Json::Text(text) => push_quoted(text, raw),
        Json::Null | Json::Bool(_) | Json::List(_) | Json::Object(_) => {
            raw.push_str(&value.to_string());
        }
    }
}
