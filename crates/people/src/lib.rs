//! Who may come in: accounts, credentials, sessions, API keys, and the directory that the door asks.
pub mod page;

pub use page::{Cursor, Limit, Page, PageAsk};
