//! View: one's own sessions that are not over.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::Read;
use skillsyms_core::{Instant, SessionId};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};

use super::open::SESSIONS_MAX;
use super::rows;
use crate::page::Page;

/// Lists one's own sessions, newest first. There are few: it is one page.
#[derive(Clone, Copy, Debug)]
pub struct ListSessions;

/// One session.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct SessionView {
    /// Its id.
    pub id: SessionId,
    /// When it was opened.
    pub created_at: Instant,
    /// When it was last used, to the minute.
    pub seen_at: Instant,
    /// When it is over in any case.
    pub expires_at: Instant,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

impl View for ListSessions {
    const NAME: &'static str = "session.list";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = Page<SessionView>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list("Session"))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Page<SessionView>, Fault> {
        let current = cx.actor().session;
        let live = rows::live(tx, cx.person()?, cx.now(), SESSIONS_MAX)?;
        let view = |(id, created_at, seen_at, expires_at)| SessionView {
            id,
            created_at,
            seen_at,
            expires_at,
            is_current: Some(id) == current,
        };
        Ok(Page {
            items: live.into_iter().map(view).collect(),
            next: None,
        })
    }

    fn entry(&self, output: &Page<SessionView>) -> Note {
        Note {
            on: output
                .items
                .iter()
                .map(|session| ("Session", session.id.uuid()))
                .collect(),
            ..Note::none()
        }
    }
}
