//! The tables of a tenant's records.

diesel::table! {
    imports (id) {
        id -> Binary,
        state -> Text,
        file_name -> Binary,
        rows_read -> BigInt,
        rows_kept -> BigInt,
        rows_refused -> BigInt,
        warnings -> BigInt,
        created_by -> Nullable<Binary>,
        created_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    import_failures (import, line, seq) {
        import -> Binary,
        line -> BigInt,
        seq -> BigInt,
        column_name -> Text,
        code -> Text,
        message -> Text,
        content -> Binary,
    }
}

diesel::table! {
    learners (id) {
        id -> Binary,
        id_kind -> Text,
        id_index -> Binary,
        identity -> Binary,
        first_name -> Text,
        middle_name -> Text,
        last_name -> Text,
        title -> Text,
        fold -> Text,
        contact -> Binary,
        profile -> Binary,
        state -> Text,
        import -> Nullable<Binary>,
        version -> BigInt,
        created_at -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    identity_corrections (id) {
        id -> Binary,
        learner -> Binary,
        identity -> Binary,
        corrected_by -> Binary,
        corrected_at -> BigInt,
    }
}

diesel::table! {
    access_queries (id) {
        id -> Binary,
        learner -> Binary,
        leaf -> BigInt,
        question -> Binary,
        asked_by -> Binary,
        asked_at -> BigInt,
    }
}

diesel::table! {
    access_answers (query) {
        query -> Binary,
        answer -> Binary,
        answered_by -> Binary,
        answered_at -> BigInt,
    }
}

diesel::table! {
    programmes (id) {
        id -> Binary,
        kind -> Text,
        title -> Text,
        saqa_id -> Text,
        nqf_level -> BigInt,
        credits -> BigInt,
        sampling_percent -> BigInt,
        sampling_floor -> BigInt,
        attempts_limit -> BigInt,
        state -> Text,
        version -> BigInt,
        created_at -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    modules (id) {
        id -> Binary,
        programme -> Binary,
        code -> Text,
        kind -> Text,
        title -> Text,
        nqf_level -> BigInt,
        credits -> BigInt,
        position -> BigInt,
        criteria -> Text,
    }
}

diesel::table! {
    enrolments (id) {
        id -> Binary,
        learner -> Binary,
        programme -> Binary,
        status -> Text,
        enrolled_on -> Text,
        expected_on -> Nullable<Text>,
        facilitator -> Nullable<Binary>,
        assessor -> Nullable<Binary>,
        moderator -> Nullable<Binary>,
        verifier -> Nullable<Binary>,
        version -> BigInt,
        created_at -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    team_learners (person, learner) {
        person -> Binary,
        learner -> Binary,
        fold -> Text,
    }
}

diesel::table! {
    enrolment_pauses (id) {
        id -> Binary,
        enrolment -> Binary,
        learner -> Binary,
        version -> BigInt,
        change -> Text,
        status_before -> Text,
        reason -> Binary,
        created_by -> Binary,
        created_at -> BigInt,
    }
}

diesel::table! {
    uploads (id) {
        id -> Binary,
        enrolment -> Binary,
        module -> Binary,
        learner -> Binary,
        begun_by -> Binary,
        begun_at -> BigInt,
        expires_at -> BigInt,
        length -> Nullable<BigInt>,
        name -> Nullable<Binary>,
    }
}

diesel::table! {
    evidence (id) {
        id -> Binary,
        enrolment -> Binary,
        module -> Binary,
        learner -> Binary,
        media_type -> Text,
        name -> Binary,
        size -> BigInt,
        sha256 -> Binary,
        uploaded_by -> Binary,
        created_at -> BigInt,
    }
}

diesel::table! {
    assessments (id) {
        id -> Binary,
        enrolment -> Binary,
        module -> Binary,
        learner -> Binary,
        attempt -> BigInt,
        kind -> Text,
        outcome -> Text,
        feedback -> Nullable<Binary>,
        assessor -> Binary,
        assessed_on -> Text,
        created_at -> BigInt,
        criteria_met -> Text,
    }
}

diesel::table! {
    samples (id) {
        id -> Binary,
        programme -> Binary,
        percent -> BigInt,
        floor -> BigInt,
        seed -> Binary,
        population -> BigInt,
        drawn -> BigInt,
        created_by -> Binary,
        created_at -> BigInt,
    }
}

diesel::table! {
    sample_items (sample, assessment) {
        sample -> Binary,
        assessment -> Binary,
        enrolment -> Binary,
        chosen -> BigInt,
    }
}

diesel::table! {
    moderations (id) {
        id -> Binary,
        sample -> Binary,
        assessment -> Binary,
        decision -> Text,
        reason -> Nullable<Binary>,
        moderator -> Binary,
        created_at -> BigInt,
    }
}

diesel::table! {
    tasks (id) {
        id -> Binary,
        kind -> Text,
        enrolment -> Binary,
        module -> Binary,
        programme -> Binary,
        learner -> Binary,
        person -> Nullable<Binary>,
        created_at -> BigInt,
    }
}

diesel::table! {
    results (id) {
        id -> Binary,
        enrolment -> Binary,
        module -> Binary,
        learner -> Binary,
        assessment -> Binary,
        outcome -> Text,
        reverses -> Nullable<Binary>,
        reason -> Nullable<Binary>,
        created_by -> Binary,
        created_at -> BigInt,
    }
}

diesel::table! {
    statements (id) {
        id -> Binary,
        number -> Text,
        enrolment -> Binary,
        learner -> Binary,
        body -> Binary,
        issued_by -> Binary,
        issued_at -> BigInt,
    }
}

diesel::table! {
    counters (name, period) {
        name -> Text,
        period -> Text,
        n -> BigInt,
    }
}

diesel::table! {
    import_reasons (import, column_name, code) {
        import -> Binary,
        column_name -> Text,
        code -> Text,
        message -> Text,
        n -> BigInt,
    }
}
