//! What the binary is made of, as a library, so that tests and benches use the same wiring.

pub mod admin;
pub mod cli;
pub mod codegen;
pub mod config;
pub mod console;
pub mod controls;
pub mod demo;
pub mod doctor;
pub mod house;
pub mod log;
pub mod mail;
pub mod out;
pub mod serve;
