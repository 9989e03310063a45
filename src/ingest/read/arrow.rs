//! Cells of Arrow arrays as [`Json`] values: numbers with all their digits, instants as ISO 8601
//! text with `Z`, wall times without, bytes as hexadecimal digits, groups as lists and objects.
//! It must never round a value or give a wall time a zone.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Decimal256Type, Float16Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, Time32MillisecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, StructArray};
use arrow_schema::{DataType, TimeUnit};
use chrono::{DateTime, NaiveTime};

use crate::ingest::columns::words::hex;
use crate::ingest::open::clean;
use crate::ingest::record::{Fault, Json};

/// Nanoseconds in a second.
const SECOND_NS: i64 = 1_000_000_000;

/// The name of a type that [`value`] cannot turn into text, if there is one in this type.
pub(super) fn foreign(kind: &DataType) -> Option<String> {
    use DataType as D;
    match kind {
        D::Null | D::Boolean | D::Utf8 | D::Binary | D::FixedSizeBinary(_) | D::Date32 => None,
        D::Int8 | D::Int16 | D::Int32 | D::Int64 => None,
        D::UInt8 | D::UInt16 | D::UInt32 | D::UInt64 => None,
        D::Float16 | D::Float32 | D::Float64 | D::Decimal128(..) | D::Decimal256(..) => None,
        D::Time32(TimeUnit::Millisecond) | D::Timestamp(..) => None,
        D::Time64(TimeUnit::Microsecond | TimeUnit::Nanosecond) => None,
        D::List(item) | D::Map(item, _) => foreign(item.data_type()),
        D::Struct(fields) => fields.iter().find_map(|field| foreign(field.data_type())),
        other => Some(other.to_string()),
    }
}

/// Whether cells of this type fit into a flat row: a scalar, or a list of scalars.
pub(super) fn is_flat(kind: &DataType) -> bool {
    match kind {
        DataType::List(item) => !item.data_type().is_nested(),
        other => !other.is_nested(),
    }
}

/// The value of a cell.
///
/// # Errors
/// A key twice in one object.
pub(super) fn value(array: &dyn Array, row: usize) -> Result<Json, Fault> {
    use DataType as D;
    if array.is_null(row) {
        return Ok(Json::Null);
    }
    Ok(match array.data_type() {
        D::Boolean => Json::Bool(array.as_boolean().value(row)),
        D::Int8 => number(array.as_primitive::<Int8Type>().value(row)),
        D::Int16 => number(array.as_primitive::<Int16Type>().value(row)),
        D::Int32 => number(array.as_primitive::<Int32Type>().value(row)),
        D::Int64 => number(array.as_primitive::<Int64Type>().value(row)),
        D::UInt8 => number(array.as_primitive::<UInt8Type>().value(row)),
        D::UInt16 => number(array.as_primitive::<UInt16Type>().value(row)),
        D::UInt32 => number(array.as_primitive::<UInt32Type>().value(row)),
        D::UInt64 => number(array.as_primitive::<UInt64Type>().value(row)),
        D::Float16 => float(array.as_primitive::<Float16Type>().value(row).to_f32()),
        D::Float32 => float(array.as_primitive::<Float32Type>().value(row)),
        D::Float64 => float(array.as_primitive::<Float64Type>().value(row)),
        D::Decimal128(..) => {
            Json::Number(array.as_primitive::<Decimal128Type>().value_as_string(row))
        }
        D::Decimal256(..) => {
            Json::Number(array.as_primitive::<Decimal256Type>().value_as_string(row))
        }
        D::Utf8 => Json::Text(text(array.as_string::<i32>().value(row))),
        D::Binary => Json::Text(hex(array.as_binary::<i32>().value(row))),
        D::FixedSizeBinary(_) => Json::Text(hex(array.as_fixed_size_binary().value(row))),
        D::Date32 | D::Time32(_) | D::Time64(_) | D::Timestamp(..) => clock(array, row),
        D::List(_) => list(array.as_list::<i32>().value(row).as_ref())?,
        D::Map(..) => map(&array.as_map().value(row))?,
        D::Struct(_) => group(array.as_struct(), row)?,
        // A column of nothing but nulls; other types were refused before the first record.
        _ => Json::Null,
    })
}

/// Clean text without carriage returns, as in JSON.
pub(super) fn text(text: &str) -> String {
    let clean = clean(text);
    if clean.contains('\r') { clean.replace('\r', "") } else { clean.into_owned() }
}

fn number(value: impl ToString) -> Json {
    Json::Number(value.to_string())
}

/// The shortest digits that give the same float again.
fn float<T: std::fmt::Debug + Into<f64> + Copy>(value: T) -> Json {
    let digits = format!("{value:?}");
    if value.into().is_finite() { Json::Number(digits) } else { Json::Text(digits) }
}

/// Dates and times. What lies outside the calendar stays a number: it is no time.
fn clock(array: &dyn Array, row: usize) -> Json {
    match array.data_type() {
        DataType::Date32 => {
            let days = i64::from(array.as_primitive::<Date32Type>().value(row));
            let date = DateTime::from_timestamp(days * 86_400, 0).map(|at| at.date_naive());
            date.map_or_else(|| number(days), |date| Json::Text(format!("{date:?}")))
        }
        DataType::Time32(_) => {
            let ms = array.as_primitive::<Time32MillisecondType>().value(row);
            time_of_day(i64::from(ms), 1_000)
        }
        DataType::Time64(TimeUnit::Microsecond) => {
            time_of_day(array.as_primitive::<Time64MicrosecondType>().value(row), 1_000_000)
        }
        DataType::Time64(_) => {
            time_of_day(array.as_primitive::<Time64NanosecondType>().value(row), SECOND_NS)
        }
        DataType::Timestamp(unit, zone) => timestamp(array, row, *unit, zone.is_some()),
        _ => Json::Null,
    }
}

/// A column that is adjusted to UTC holds instants, in whatever zone its writer showed them;
/// another holds wall times.
fn timestamp(array: &dyn Array, row: usize, unit: TimeUnit, is_instant: bool) -> Json {
    let (ticks, per_second) = match unit {
        TimeUnit::Second => (array.as_primitive::<TimestampSecondType>().value(row), 1),
        TimeUnit::Millisecond => {
            (array.as_primitive::<TimestampMillisecondType>().value(row), 1_000)
        }
        TimeUnit::Microsecond => {
            (array.as_primitive::<TimestampMicrosecondType>().value(row), 1_000_000)
        }
        TimeUnit::Nanosecond => {
            (array.as_primitive::<TimestampNanosecondType>().value(row), SECOND_NS)
        }
    };
    let nanos = u32::try_from(ticks.rem_euclid(per_second) * (SECOND_NS / per_second)).ok();
    let seconds = ticks.div_euclid(per_second);
    let at = nanos.and_then(|nanos| DateTime::from_timestamp(seconds, nanos));
    let mark = if is_instant { "Z" } else { "" };
    at.map_or_else(|| number(ticks), |at| Json::Text(format!("{:?}{mark}", at.naive_utc())))
}

fn time_of_day(ticks: i64, per_second: i64) -> Json {
    let part = |n: i64| u32::try_from(n).ok();
    let time = part(ticks.div_euclid(per_second))
        .zip(part(ticks.rem_euclid(per_second) * (SECOND_NS / per_second)))
        .and_then(|(s, ns)| NaiveTime::from_num_seconds_from_midnight_opt(s, ns));
    time.map_or_else(|| number(ticks), |time| Json::Text(format!("{time:?}")))
}

fn list(items: &dyn Array) -> Result<Json, Fault> {
    (0..items.len()).map(|row| value(items, row)).collect::<Result<_, _>>().map(Json::List)
}

fn group(group: &StructArray, row: usize) -> Result<Json, Fault> {
    let fields = group.fields().iter().zip(group.columns());
    let member = |(field, column): (&arrow_schema::FieldRef, &arrow_array::ArrayRef)| {
        Ok((text(field.name()), value(column.as_ref(), row)?))
    };
    object(fields.map(member).collect::<Result<_, Fault>>()?)
}

/// The entries of a map; its keys become names.
fn map(entries: &StructArray) -> Result<Json, Fault> {
    let mut members = Vec::with_capacity(entries.len());
    if let [keys, values] = entries.columns() {
        for row in 0..entries.len() {
            let key = value(keys.as_ref(), row)?;
            let name = key.scalar().map_or_else(|| key.to_string(), |text| text.into_owned());
            members.push((name, value(values.as_ref(), row)?));
        }
    }
    object(members)
}

fn object(members: Vec<(String, Json)>) -> Result<Json, Fault> {
    let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(Fault::DuplicateJsonKey);
    }
    Ok(Json::Object(members))
}
