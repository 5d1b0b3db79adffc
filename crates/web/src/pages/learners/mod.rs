//! Learners, as an administrator works with them: finding, registering, changing, and who looked.

mod correct;
mod fields;
mod form;
mod list;
mod record;
mod reveal;

use skillsyms_records::enrolments::ListEnrolments;
use skillsyms_records::evidence::ListEvidence;
use skillsyms_records::learners::{
    CorrectId, Learner, ListLearners, LookupLearner, ReadAccesses, ReadLearner, ReadProfile, RegisterLearner, RevealId,
    UpdateLearner,
};
use skillsyms_records::results::ListResults;
use skillsyms_records::statements::ListStatements;

use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/t/{slug}/learners", list::list)
            .view::<ListLearners>("The list of learners")
            .nav_beyond_own("nav-learners", 20),
        // A name goes into no address: what is looked for by name is sent.
        Route::form("/t/{slug}/learners", list::search)
            .view::<ListLearners>("Learners by the beginning of a last name, or by ID number")
            .then_view::<LookupLearner>(),
        Route::page("/t/{slug}/learners/lookup", list::lookup_page)
            .view::<LookupLearner>("The form to find a learner by ID number or passport"),
        Route::form("/t/{slug}/learners/lookup", list::lookup)
            .view::<LookupLearner>("Find a learner by ID number or passport"),
        Route::page("/t/{slug}/learners/new", form::register_page)
            .act::<RegisterLearner>("The form to register a learner"),
        Route::form("/t/{slug}/learners/new", form::register)
            .act::<RegisterLearner>("Register a learner")
            .then_view::<LookupLearner>(),
        Route::page("/t/{slug}/learners/{id}", record::details)
            .view::<ReadProfile>("A learner's details, ID number masked"),
        Route::page("/t/{slug}/learners/{id}/record", record::record)
            .view::<ReadLearner>("A learner's enrolments, results and statements")
            .then_view::<ListEnrolments>()
            .then_view::<ListEvidence>()
            .then_view::<ListResults>()
            .then_view::<ListStatements>(),
        Route::page("/t/{slug}/learners/{id}/accesses", record::accesses)
            .view::<ReadAccesses>("Who looked at a learner's record")
            .then_view::<ReadProfile>(),
        Route::page("/t/{slug}/learners/{id}/edit", form::edit_page)
            .act::<UpdateLearner>("The form to change a learner's details")
            .then_view::<ReadProfile>(),
        Route::form("/t/{slug}/learners/{id}/edit", form::edit)
            .act::<UpdateLearner>("Change a learner's details")
            .then_view::<ReadProfile>(),
        Route::page("/t/{slug}/learners/{id}/correct", correct::ask)
            .act::<CorrectId>("The form to correct a learner's ID number")
            .then_view::<ReadProfile>(),
        Route::form("/t/{slug}/learners/{id}/correct", correct::correct)
            .act::<CorrectId>("Correct a learner's ID number")
            .then_view::<ReadProfile>()
            .then_view::<LookupLearner>(),
        Route::page("/t/{slug}/learners/{id}/reveal", reveal::ask)
            .view::<RevealId>("The question why a full ID number is needed")
            .then_view::<ReadProfile>(),
        Route::form("/t/{slug}/learners/{id}/reveal", reveal::show)
            .view::<RevealId>("Show a full ID number for 30 seconds"),
    ]
}

pub(super) use fields::called;
pub(super) use record::status;

/// `Nkosi, Thandi Grace`: as lists are sorted.
pub(super) fn sorted_name(learner: &Learner) -> String {
    let first = [learner.first_name.as_str(), learner.middle_name.as_str()].join(" ");
    format!("{}, {}", learner.last_name, first.trim())
}
