//! Somebody signed in, on a page: the only way from a page's handler to the door.

use axum::extract::FromRequestParts;
use http::request::Parts;
use skillsyms_core::problem::{FORBIDDEN, UNAUTHENTICATED};
use skillsyms_core::{LearnerId, Problem};
use skillsyms_door::{Act, Entrance, Once};
use uuid::Uuid;

use super::asked::{Asked, Session};
use super::form::{Form, FormView, new_token};
use super::layout::Layout;
use super::place::Place;
use super::words::Words;
use crate::extract::Caller;
use crate::house::House;
use crate::problem::Refused;

/// Somebody with a session in the cookie of this place. Nothing is believed of it until the door has looked it up.
pub struct SignedIn {
    asked: Asked,
    place: Place,
    caller: Caller,
}

impl FromRequestParts<House> for SignedIn {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Refused> {
        let asked = Asked::from_request_parts(parts, house).await?;
        let place = asked.place().ok_or(&UNAUTHENTICATED)?.clone();
        let actor = asked.session().ok_or(&UNAUTHENTICATED)?.actor;
        let caller = Caller::with_session(parts, house, actor)?;
        Ok(Self { asked, place, caller })
    }
}

impl SignedIn {
    /// Enters the door.
    #[must_use]
    pub fn enter(&self) -> Entrance<'_> {
        self.caller.enter()
    }

    /// The caller, as the handlers of the API know it.
    #[must_use]
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The same, with a purpose that stands in the form.
    #[must_use]
    pub fn because(mut self, purpose: String) -> Self {
        self.caller = self.caller.because(purpose);
        self
    }

    /// The request.
    #[must_use]
    pub const fn asked(&self) -> &Asked {
        &self.asked
    }

    /// The words.
    #[must_use]
    pub fn words(&self) -> Words {
        self.asked.words()
    }

    /// An address in this place.
    #[must_use]
    pub fn href(&self, rest: &str) -> String {
        self.place.href(rest)
    }

    /// Where one is.
    #[must_use]
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// The session.
    ///
    /// # Errors
    /// `unauthenticated`, if there is none: then nobody is signed in.
    pub fn session(&self) -> Result<&Session, Refused> {
        self.asked.session().ok_or_else(|| Refused::from(&UNAUTHENTICATED))
    }

    /// Does an act that makes something once for this form, however often the form is sent.
    ///
    /// # Errors
    /// What the door refuses.
    pub async fn make<A: Act, T>(
        &self,
        act: A,
        form: &Form<T>,
        id: fn(&A::Output) -> Option<Uuid>,
    ) -> Result<Once<A::Output>, Refused> {
        let keyed = self.caller.clone().keyed(form.key.clone());
        keyed.make(act, &form.digest, id).await
    }

    /// The caller, for one of several files of a form: each is taken once.
    #[must_use]
    pub fn keyed(&self, key: String) -> Caller {
        self.caller.clone().keyed(key)
    }

    /// The learner's record that is one's own, as it was known a minute ago: the door decides whether it still is.
    ///
    /// # Errors
    /// `not_found`, if one is nobody's learner; what the door says.
    pub async fn learner(&self) -> Result<LearnerId, Refused> {
        let session = self.session()?;
        let who = self.caller.house().known().of(&self.caller, session.hash).await?;
        let learner = who.me.person.as_ref().and_then(|person| person.learner);
        Ok(learner.ok_or_else(Problem::not_found)?)
    }

    /// The layout of a page with this title.
    ///
    /// # Errors
    /// What the door says of who is signed in.
    pub async fn layout(&self, title: String) -> Result<Layout, Refused> {
        let session = self.session()?;
        let who = self.caller.house().known().of(&self.caller, session.hash).await?;
        let token = who.me.person.as_ref().map(|person| new_token(session, person.id));
        Ok(Layout::open(&self.asked, title).with_who(who, token.unwrap_or_default()))
    }

    /// The layout of a page that shows the form of an act: for those whose roles may do it.
    ///
    /// # Errors
    /// `forbidden` for everybody else; what the door says of who is signed in.
    pub async fn layout_for(&self, act: &str, title: String) -> Result<Layout, Refused> {
        let layout = self.layout(title).await?;
        if !layout.may(act) {
            return Err((&FORBIDDEN).into());
        }
        Ok(layout)
    }

    /// An empty form for this page. Take the layout first: it knows who fills it in.
    #[must_use]
    pub fn form(layout: &Layout) -> FormView {
        FormView::new(layout.token.clone())
    }
}
