//! The one crossing between frames and Polars. Time is Datetime(us, UTC), integers are Int64,
//! lists are List(String). Nothing is guessed and nothing loses a value: what does not fit is an
//! error.

use polars::prelude as pl;
use polars::prelude::{IntoSeries as _, ListBuilderTrait as _, NewChunkedArray as _};

use crate::error::{Error, Result};
use crate::model::frame::{Column, Frame, Type};

/// The Polars type of a frame's type.
#[must_use]
pub fn dtype(kind: Type) -> pl::DataType {
    match kind {
        Type::Text => pl::DataType::String,
        Type::Int => pl::DataType::Int64,
        Type::Float => pl::DataType::Float64,
        Type::Bool => pl::DataType::Boolean,
        Type::Time => pl::DataType::Datetime(pl::TimeUnit::Microseconds, Some(pl::TimeZone::UTC)),
        Type::List => pl::DataType::List(Box::new(pl::DataType::String)),
    }
}

/// A Polars schema from pairs of name and type.
#[must_use]
pub fn schema(columns: &[(String, Type)]) -> pl::Schema {
    columns.iter().map(|(name, kind)| pl::Field::new(name.as_str().into(), dtype(*kind))).collect()
}

/// A frame as a Polars data frame.
///
/// # Errors
/// When Polars refuses (lengths differ); it does not for a well-formed frame.
pub fn to_polars(frame: &Frame) -> Result<pl::DataFrame> {
    let columns: Result<Vec<pl::Column>> =
        frame.iter().map(|(name, column)| to_series(name, column).map(pl::Column::from)).collect();
    pl::DataFrame::new(frame.height(), columns?).map_err(|e| failed(&e))
}

/// A Polars data frame as a frame. Narrow integers and floats, dates, datetimes of any unit,
/// categoricals and durations (as microseconds) are widened; other types are errors.
///
/// # Errors
/// When a column is of a type that no frame can hold, or an unsigned value is too large.
pub fn from_polars(data: &pl::DataFrame) -> Result<Frame> {
    let mut frame = Frame::new();
    for column in data.columns() {
        frame.add(column.name(), from_series(column.as_materialized_series())?)?;
    }
    Ok(frame)
}

/// One column as a Polars series.
///
/// # Errors
/// When Polars refuses the conversion to a datetime; it does not.
pub fn to_series(name: &str, column: &Column) -> Result<pl::Series> {
    let name = pl::PlSmallStr::from_str(name);
    Ok(match column {
        Column::Text(v) => {
            pl::StringChunked::from_iter_options(name, v.iter().map(Option::as_deref)).into_series()
        }
        Column::Int(v) => {
            pl::Int64Chunked::from_iter_options(name, v.iter().copied()).into_series()
        }
        Column::Float(v) => {
            pl::Float64Chunked::from_iter_options(name, v.iter().copied()).into_series()
        }
        Column::Bool(v) => {
            pl::BooleanChunked::from_iter_options(name, v.iter().copied()).into_series()
        }
        Column::Time(v) => pl::Int64Chunked::from_iter_options(name, v.iter().copied())
            .into_series()
            .cast(&dtype(Type::Time))
            .map_err(|e| failed(&e))?,
        Column::List(v) => list_series(name, v),
    })
}

fn list_series(name: pl::PlSmallStr, lists: &[Option<Vec<String>>]) -> pl::Series {
    let mut builder = pl::ListStringChunkedBuilder::new(name, lists.len(), lists.len());
    for list in lists {
        match list {
            Some(texts) => builder.append_values_iter(texts.iter().map(String::as_str)),
            None => builder.append_null(),
        }
    }
    builder.finish().into_series()
}

/// One Polars series as a column.
///
/// # Errors
/// As [`from_polars`].
pub fn from_series(series: &pl::Series) -> Result<Column> {
    use pl::DataType as D;
    let wide = |to: &D| series.strict_cast(to).map_err(|e| failed(&e));
    Ok(match series.dtype() {
        D::String => texts(series)?,
        D::Categorical(..) | D::Enum(..) => texts(&wide(&D::String)?)?,
        D::Boolean => Column::Bool(series.bool().map_err(|e| failed(&e))?.iter().collect()),
        D::Float32 | D::Float64 => {
            let wide = wide(&D::Float64)?;
            Column::Float(wide.f64().map_err(|e| failed(&e))?.iter().collect())
        }
        D::Date | D::Datetime(..) => {
            let at = wide(&D::Datetime(pl::TimeUnit::Microseconds, None))?;
            Column::Time(integers(&at.to_physical_repr())?)
        }
        D::Duration(_) => {
            let long = wide(&D::Duration(pl::TimeUnit::Microseconds))?;
            Column::Int(integers(&long.to_physical_repr())?)
        }
        D::List(_) => Column::List(lists(&wide(&D::List(Box::new(D::String)))?)?),
        D::Null => Column::Text(vec![None; series.len()]),
        kind if kind.is_integer() => Column::Int(integers(&wide(&D::Int64)?)?),
        other => {
            let name = series.name();
            return Err(Error::config(format!("column `{name}` is of type {other}"))
                .hint("cast it to text, integer, float, boolean, timestamp or list of text"));
        }
    })
}

fn texts(series: &pl::Series) -> Result<Column> {
    let values = series.str().map_err(|e| failed(&e))?;
    Ok(Column::Text(values.iter().map(|t| t.map(str::to_owned)).collect()))
}

fn integers(series: &pl::Series) -> Result<Vec<Option<i64>>> {
    Ok(series.i64().map_err(|e| failed(&e))?.iter().collect())
}

fn lists(series: &pl::Series) -> Result<Vec<Option<Vec<String>>>> {
    let all = series.list().map_err(|e| failed(&e))?;
    let mut out = Vec::with_capacity(all.len());
    for row in 0..all.len() {
        out.push(match all.get_as_series(row) {
            None => None,
            Some(one) => {
                let one = one.str().map_err(|e| failed(&e))?;
                Some(one.iter().flatten().map(str::to_owned).collect())
            }
        });
    }
    Ok(out)
}

/// A Polars error as ours: the engine's words, no place (the caller knows it).
#[must_use]
pub fn failed(error: &pl::PolarsError) -> Error {
    Error::storage(error.to_string())
}

/// A frame as the bytes of a Parquet file.
///
/// # Errors
/// When it cannot be encoded.
pub fn to_parquet(frame: &Frame) -> Result<Vec<u8>> {
    encode(&mut to_polars(frame)?)
}

/// A Polars data frame as the bytes of a Parquet file.
///
/// # Errors
/// When it cannot be encoded.
pub fn encode(data: &mut pl::DataFrame) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    pl::ParquetWriter::new(&mut bytes)
        .with_compression(pl::ParquetCompression::Zstd(None))
        .finish(data)
        .map_err(|e| failed(&e))?;
    Ok(bytes)
}

/// The frame in the bytes of a Parquet file.
///
/// # Errors
/// When the bytes are no Parquet file or a column has a type that frames do not have.
pub fn from_parquet(bytes: &[u8]) -> Result<Frame> {
    let reader = std::io::Cursor::new(bytes);
    let data = pl::SerReader::finish(<pl::ParquetReader<_> as pl::SerReader<_>>::new(reader))
        .map_err(|e| failed(&e))?;
    from_polars(&data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::frame::Cell;
    use polars::prelude::NamedFrom as _;

    fn sample() -> Frame {
        Frame::from_columns(vec![
            ("t".into(), Column::Text(vec![Some("ä".into()), None, Some(String::new())])),
            ("i".into(), Column::Int(vec![Some(i64::MAX), None, Some(i64::MIN)])),
            ("f".into(), Column::Float(vec![Some(0.1), None, Some(-0.0)])),
            ("b".into(), Column::Bool(vec![Some(true), None, Some(false)])),
            ("at".into(), Column::Time(vec![Some(-1), None, Some(1_700_000_000_123_456)])),
            (
                "l".into(),
                Column::List(vec![Some(vec!["a".into(), "b".into()]), None, Some(vec![])]),
            ),
        ])
        .unwrap()
    }

    #[test]
    fn every_type_with_nulls_and_extremes_comes_back_as_it_went() {
        let frame = sample();
        assert_eq!(from_polars(&to_polars(&frame).unwrap()).unwrap(), frame);
    }

    #[test]
    fn an_empty_frame_keeps_its_types() {
        let frame = sample().take(&[]);
        let data = to_polars(&frame).unwrap();
        assert_eq!(data.height(), 0);
        assert_eq!(from_polars(&data).unwrap(), frame);
    }

    #[test]
    fn narrow_and_foreign_units_are_widened_exactly() {
        let small = pl::Series::new("n".into(), [7_i32, -7]);
        assert_eq!(from_series(&small).unwrap(), Column::Int(vec![Some(7), Some(-7)]));
        let day = pl::Series::new("d".into(), [1_i32]).cast(&pl::DataType::Date).unwrap();
        assert_eq!(from_series(&day).unwrap().cell(0), Cell::Time(86_400_000_000));
        let ms = pl::DataType::Datetime(pl::TimeUnit::Milliseconds, None);
        let at = pl::Series::new("m".into(), [5_i64]).cast(&ms).unwrap();
        assert_eq!(from_series(&at).unwrap().cell(0), Cell::Time(5_000));
    }

    #[test]
    fn an_unsigned_value_beyond_the_integer_range_is_an_error() {
        let large = pl::Series::new("u".into(), [u64::MAX]);
        assert!(from_series(&large).is_err());
    }
}
