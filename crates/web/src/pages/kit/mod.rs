//! What all pages share. A slice's handlers use [`signed_in::SignedIn`] or [`asked::Asked`], [`form::Form`],
//! [`layout`], [`list`], [`csv`], [`when`] and [`words`]; the rest stands around them.
//!
//! How to add a page is in `docs/PAGES.md`.

pub mod asked;
pub mod assets;
pub mod carry;
pub mod cookie;
pub mod csv;
pub(crate) mod errors;
pub mod files;
pub mod form;
pub mod frame;
pub mod layout;
pub mod list;
pub mod place;
pub mod signed_in;
pub mod when;
pub mod who;
pub mod words;

pub use asked::Asked;
pub use files::Files;
pub use form::{Form, FormView, OpenForm};
pub use layout::{Layout, html, html_with, see};
pub use list::{Address, Choice, Heading, Pager};
pub use place::Place;
pub use signed_in::SignedIn;
pub use when::When;
pub use words::Words;
