//! Moving: everything of one database into another, as the command line asks for it.

use crate::opening::postgres;
use crate::settings::{Postgres, place};
use crate::{OpenError, Settings};
use std::fmt;
use std::path::PathBuf;
use store::copy;
pub use store::copy::{Copied, Progress, Step};

/// Where to, or where from: `sqlite:FOLDER`, or `postgres://…` as in the configuration.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    Folder(PathBuf),
    Postgres(String),
}

impl Place {
    /// None: it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix("sqlite:") {
            Some(folder) => (!folder.is_empty()).then(|| Self::Folder(folder.into())),
            None => ["postgres://", "postgresql://"]
                .iter()
                .any(|scheme| text.starts_with(scheme))
                .then(|| Self::Postgres(text.to_owned())),
        }
    }

    fn opened(&self, settings: &Settings) -> copy::Place {
        match self {
            Self::Folder(folder) => copy::Place::Sqlite(folder.clone()),
            Self::Postgres(url) => {
                let question_time = settings.database.as_ref().map(|database| database.question_time);
                let database =
                    Postgres { url: url.clone(), readers: 1, question_time: question_time.unwrap_or_default() };
                let options = store::postgres::Options {
                    application_name: "parlour copy".to_owned(),
                    ..postgres(&database, settings)
                };
                copy::Place::Postgres { url: url.clone(), options }
            }
        }
    }
}

/// Without the password.
impl fmt::Display for Place {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(to, "{}", folder.display()),
            Self::Postgres(url) => write!(to, "{}", place(url)),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{self}")
    }
}

/// Copies everything, verifies it, and says how far it is. Blocks, and must not be called where futures run.
pub fn copy(
    from: &Place,
    to: &Place,
    settings: &Settings,
    progress: &mut dyn FnMut(Progress),
) -> Result<Copied, OpenError> {
    let (from, to) = (from.opened(settings), to.opened(settings));
    copy::copy(&from, &to, progress).map_err(|error| OpenError(error.to_string()))
}
