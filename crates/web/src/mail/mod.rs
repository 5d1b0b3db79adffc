//! Sends the mail that waits in the cells.
//!
//! - [`text`] makes a mail of what waits, in the words of its language;
//! - [`post`] hands it to a mail server, or puts it into a folder;
//! - [`courier`] goes round the cells, in the background, and says in each what came of it.
//!
//! Neither the log nor the metrics hold an address or what a server said of one.

pub mod courier;
pub mod post;
pub mod text;

pub use courier::Courier;
pub use post::{Post, PostError, Server, Tls};
