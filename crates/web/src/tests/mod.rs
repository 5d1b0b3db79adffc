//! Everything that is mounted, through the real router. The loops run over the registry of routes and over no list
//! made by hand.

mod dashboard;
mod files;
mod flows;
mod house;
mod job;
mod learners;
mod mounted;
mod pages;
mod people;
mod platform;
mod reset;
mod resumable;
mod room;
mod sessions;
mod watched;
mod words;
