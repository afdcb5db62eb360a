//! The client's own id of one intention.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};

/// A UUID (RFC 9562; version 7 advised) that the client makes once for each intention, kept in lower case.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(transparent)]
pub struct Cid(#[schemars(with = "uuid_text::Uuid")] pub(crate) String);

mod uuid_text {
    //! The schema of a UUID in its text form.
    pub(super) struct Uuid;
    impl schemars::JsonSchema for Uuid {
        fn schema_name() -> std::borrow::Cow<'static, str> {
            "Cid".into()
        }
        fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
            schemars::json_schema!({"type": "string", "format": "uuid"})
        }
    }
}

impl<'de> Deserialize<'de> for Cid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let uuid = uuid::Uuid::try_parse(&text).map_err(|_| D::Error::custom("it is not a UUID"))?;
        Ok(Self(uuid.hyphenated().to_string()))
    }
}
