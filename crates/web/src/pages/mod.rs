//! Pages: server-rendered HTML over the same acts as [`crate::api`]. Their place; they come with an issue of their own.
