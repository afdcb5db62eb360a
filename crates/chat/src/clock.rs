//! Times: milliseconds inside, RFC 3339 in UTC outside.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

/// Now, by the server's clock.
pub(crate) fn now() -> store::Millis {
    Timestamp::now().as_millisecond()
}

/// A moment as it is shown: RFC 3339 in UTC with milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(pub store::Millis);

impl Serialize for Time {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = Timestamp::from_millisecond(self.0).unwrap_or_default();
        serializer.collect_str(&format_args!("{time:.3}"))
    }
}

impl JsonSchema for Time {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date-time"})
    }
}

/// Reads RFC 3339.
pub(crate) fn parse(text: &str) -> Option<store::Millis> {
    text.parse::<Timestamp>().ok().map(|time| time.as_millisecond())
}
