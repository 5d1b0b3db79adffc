-- What every cell has, a tenant's and the platform's own.
CREATE TABLE positions (
  k TEXT NOT NULL PRIMARY KEY,
  v INTEGER NOT NULL
) STRICT;

CREATE TABLE ledger_entries (
  leaf INTEGER NOT NULL PRIMARY KEY,
  id BLOB NOT NULL,
  at INTEGER NOT NULL,
  act TEXT NOT NULL,
  outcome TEXT NOT NULL,
  actor BLOB,
  body BLOB NOT NULL,
  hash BLOB NOT NULL
) STRICT;
CREATE TRIGGER ledger_entries_no_update BEFORE UPDATE ON ledger_entries BEGIN SELECT RAISE(ABORT, 'ledger_entries is append-only'); END;
CREATE TRIGGER ledger_entries_no_delete BEFORE DELETE ON ledger_entries BEGIN SELECT RAISE(ABORT, 'ledger_entries is append-only'); END;

CREATE TABLE ledger_nodes (
  level INTEGER NOT NULL,
  idx INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (level, idx)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER ledger_nodes_no_update BEFORE UPDATE ON ledger_nodes BEGIN SELECT RAISE(ABORT, 'ledger_nodes is append-only'); END;
CREATE TRIGGER ledger_nodes_no_delete BEFORE DELETE ON ledger_nodes BEGIN SELECT RAISE(ABORT, 'ledger_nodes is append-only'); END;

CREATE TABLE ledger_head (
  one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  size INTEGER NOT NULL,
  frontier BLOB NOT NULL,
  last_at INTEGER NOT NULL,
  checkpoint TEXT NOT NULL
) STRICT;

CREATE TABLE ledger_subjects (
  learner BLOB NOT NULL,
  leaf INTEGER NOT NULL,
  PRIMARY KEY (learner, leaf)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_marks (
  mark BLOB NOT NULL,
  leaf INTEGER NOT NULL,
  PRIMARY KEY (mark, leaf)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
  actor BLOB NOT NULL,
  k TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  status INTEGER NOT NULL,
  resource BLOB,
  at INTEGER NOT NULL,
  PRIMARY KEY (actor, k)
) STRICT;
CREATE INDEX idempotency_at ON idempotency (at);

CREATE TABLE people (
  id BLOB NOT NULL PRIMARY KEY,
  email_index BLOB NOT NULL,
  email BLOB NOT NULL,
  name TEXT NOT NULL,
  fold TEXT NOT NULL,
  learner BLOB,
  state TEXT NOT NULL,
  password TEXT,
  roles TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX people_email_index ON people (email_index);
CREATE UNIQUE INDEX people_learner ON people (learner);
CREATE INDEX people_fold ON people (fold, id);
CREATE INDEX people_state ON people (state, fold, id);
CREATE INDEX people_roles ON people (roles, fold, id);

CREATE TABLE invitations (
  id BLOB NOT NULL PRIMARY KEY,
  person BLOB NOT NULL REFERENCES people (id),
  token_hash BLOB NOT NULL,
  created_by BLOB,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;
CREATE UNIQUE INDEX invitations_token_hash ON invitations (token_hash);

CREATE TABLE resets (
  id BLOB NOT NULL PRIMARY KEY,
  account BLOB NOT NULL,
  person BLOB REFERENCES people (id),
  token_hash BLOB NOT NULL,
  created_by BLOB,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;
CREATE UNIQUE INDEX resets_token_hash ON resets (token_hash);
CREATE INDEX resets_account ON resets (account, created_at);
CREATE INDEX resets_created_at ON resets (created_at);

CREATE TABLE mails (
  id BLOB NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  person BLOB NOT NULL REFERENCES people (id),
  content BLOB NOT NULL,
  tries INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX mails_due_at ON mails (due_at);

CREATE TABLE sessions (
  id BLOB NOT NULL PRIMARY KEY,
  token_hash BLOB NOT NULL,
  person BLOB NOT NULL REFERENCES people (id),
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  step_up_at INTEGER,
  ended_at INTEGER,
  owes TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX sessions_token_hash ON sessions (token_hash);
CREATE INDEX sessions_person ON sessions (person);

CREATE TABLE factors (
  id BLOB NOT NULL PRIMARY KEY,
  person BLOB NOT NULL REFERENCES people (id),
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  secret BLOB NOT NULL,
  step INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  credential BLOB,
  confirmed_at INTEGER,
  used_at INTEGER
) STRICT;
CREATE INDEX factors_person ON factors (person);
CREATE UNIQUE INDEX factors_credential ON factors (credential);

CREATE TABLE ceremonies (
  id BLOB NOT NULL PRIMARY KEY,
  used_at INTEGER NOT NULL
) STRICT;
CREATE INDEX ceremonies_used_at ON ceremonies (used_at);

CREATE TABLE recovery_codes (
  id BLOB NOT NULL PRIMARY KEY,
  person BLOB NOT NULL REFERENCES people (id),
  code_index BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;
CREATE UNIQUE INDEX recovery_codes_code_index ON recovery_codes (code_index);
CREATE INDEX recovery_codes_person ON recovery_codes (person);

CREATE TABLE api_keys (
  id BLOB NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  hash BLOB NOT NULL,
  scopes TEXT NOT NULL,
  created_by BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER,
  used_at INTEGER,
  networks TEXT NOT NULL,
  used_from TEXT NOT NULL,
  strayed_at INTEGER,
  days INTEGER NOT NULL,
  rotated_from BLOB,
  rotated_to BLOB,
  warn_at INTEGER
) STRICT;
CREATE UNIQUE INDEX api_keys_hash ON api_keys (hash);
CREATE INDEX api_keys_warn_at ON api_keys (warn_at);

CREATE TABLE registrations (
  id BLOB NOT NULL PRIMARY KEY,
  person BLOB NOT NULL REFERENCES people (id),
  kind TEXT NOT NULL,
  number TEXT NOT NULL,
  body TEXT NOT NULL,
  valid_from INTEGER NOT NULL,
  valid_until INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX registrations_person ON registrations (person);
-- A tenant's records. No table has a tenant column: the cell is the tenant.
CREATE TABLE imports (
  id BLOB NOT NULL PRIMARY KEY,
  state TEXT NOT NULL,
  file_name BLOB NOT NULL,
  rows_read INTEGER NOT NULL,
  rows_kept INTEGER NOT NULL,
  rows_refused INTEGER NOT NULL,
  warnings INTEGER NOT NULL,
  created_by BLOB,
  created_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;

CREATE TABLE import_failures (
  import BLOB NOT NULL REFERENCES imports (id),
  line INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  column_name TEXT NOT NULL,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (import, line, seq)
) STRICT;

CREATE TABLE learners (
  id BLOB NOT NULL PRIMARY KEY,
  id_kind TEXT NOT NULL,
  id_index BLOB NOT NULL,
  identity BLOB NOT NULL,
  first_name TEXT NOT NULL,
  middle_name TEXT NOT NULL,
  last_name TEXT NOT NULL,
  title TEXT NOT NULL,
  fold TEXT NOT NULL,
  contact BLOB NOT NULL,
  profile BLOB NOT NULL,
  state TEXT NOT NULL,
  import BLOB,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX learners_id_index ON learners (id_index);
CREATE INDEX learners_fold ON learners (fold, id);

CREATE TABLE identity_corrections (
  id BLOB NOT NULL PRIMARY KEY,
  learner BLOB NOT NULL REFERENCES learners (id),
  identity BLOB NOT NULL,
  corrected_by BLOB NOT NULL,
  corrected_at INTEGER NOT NULL
) STRICT;
CREATE INDEX identity_corrections_learner ON identity_corrections (learner);
CREATE TRIGGER identity_corrections_no_update BEFORE UPDATE ON identity_corrections BEGIN SELECT RAISE(ABORT, 'identity_corrections is append-only'); END;
CREATE TRIGGER identity_corrections_no_delete BEFORE DELETE ON identity_corrections BEGIN SELECT RAISE(ABORT, 'identity_corrections is append-only'); END;

CREATE TABLE access_queries (
  id BLOB NOT NULL PRIMARY KEY,
  learner BLOB NOT NULL REFERENCES learners (id),
  leaf INTEGER NOT NULL,
  question BLOB NOT NULL,
  asked_by BLOB NOT NULL,
  asked_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX access_queries_learner ON access_queries (learner, leaf);
CREATE TRIGGER access_queries_no_update BEFORE UPDATE ON access_queries BEGIN SELECT RAISE(ABORT, 'access_queries is append-only'); END;
CREATE TRIGGER access_queries_no_delete BEFORE DELETE ON access_queries BEGIN SELECT RAISE(ABORT, 'access_queries is append-only'); END;

CREATE TABLE access_answers (
  query BLOB NOT NULL PRIMARY KEY REFERENCES access_queries (id),
  answer BLOB NOT NULL,
  answered_by BLOB NOT NULL,
  answered_at INTEGER NOT NULL
) STRICT;
CREATE TRIGGER access_answers_no_update BEFORE UPDATE ON access_answers BEGIN SELECT RAISE(ABORT, 'access_answers is append-only'); END;
CREATE TRIGGER access_answers_no_delete BEFORE DELETE ON access_answers BEGIN SELECT RAISE(ABORT, 'access_answers is append-only'); END;

CREATE TABLE programmes (
  id BLOB NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  saqa_id TEXT NOT NULL,
  nqf_level INTEGER NOT NULL,
  credits INTEGER NOT NULL,
  sampling_percent INTEGER NOT NULL,
  sampling_floor INTEGER NOT NULL,
  attempts_limit INTEGER NOT NULL,
  state TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX programmes_saqa_id ON programmes (saqa_id);

CREATE TABLE modules (
  id BLOB NOT NULL PRIMARY KEY,
  programme BLOB NOT NULL REFERENCES programmes (id),
  code TEXT NOT NULL,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  nqf_level INTEGER NOT NULL,
  credits INTEGER NOT NULL,
  position INTEGER NOT NULL,
  criteria TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX modules_programme ON modules (programme, code);

CREATE TABLE enrolments (
  id BLOB NOT NULL PRIMARY KEY,
  learner BLOB NOT NULL REFERENCES learners (id),
  programme BLOB NOT NULL REFERENCES programmes (id),
  status TEXT NOT NULL,
  enrolled_on TEXT NOT NULL,
  expected_on TEXT,
  facilitator BLOB,
  assessor BLOB,
  moderator BLOB,
  verifier BLOB,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX enrolments_learner ON enrolments (learner, programme) WHERE status IN ('enrolled', 'reinstated', 'suspended');
CREATE INDEX enrolments_of_learner ON enrolments (learner);
CREATE INDEX enrolments_status ON enrolments (status, id);
CREATE INDEX enrolments_programme ON enrolments (programme, id);
CREATE INDEX enrolments_assessor ON enrolments (assessor, id);
CREATE INDEX enrolments_moderator ON enrolments (moderator, id);
CREATE INDEX enrolments_facilitator ON enrolments (facilitator, id);
CREATE INDEX enrolments_verifier ON enrolments (verifier, id);
CREATE INDEX enrolments_facilitator_programme ON enrolments (facilitator, programme, id);
CREATE INDEX enrolments_verifier_programme ON enrolments (verifier, programme, id);

-- The learners in whose enrolments somebody stands, by name: it follows from enrolments, and the acts that write those keep it.
CREATE TABLE team_learners (
  person BLOB NOT NULL,
  learner BLOB NOT NULL REFERENCES learners (id),
  fold TEXT NOT NULL,
  PRIMARY KEY (person, learner)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_learners_fold ON team_learners (person, fold, learner);

CREATE TABLE enrolment_pauses (
  id BLOB NOT NULL PRIMARY KEY,
  enrolment BLOB NOT NULL REFERENCES enrolments (id),
  learner BLOB NOT NULL REFERENCES learners (id),
  version INTEGER NOT NULL,
  change TEXT NOT NULL,
  status_before TEXT NOT NULL,
  reason BLOB NOT NULL,
  created_by BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX enrolment_pauses_enrolment ON enrolment_pauses (enrolment, version);
CREATE TRIGGER enrolment_pauses_no_update BEFORE UPDATE ON enrolment_pauses BEGIN SELECT RAISE(ABORT, 'enrolment_pauses is append-only'); END;
CREATE TRIGGER enrolment_pauses_no_delete BEFORE DELETE ON enrolment_pauses BEGIN SELECT RAISE(ABORT, 'enrolment_pauses is append-only'); END;

CREATE TABLE uploads (
  id BLOB NOT NULL PRIMARY KEY,
  enrolment BLOB NOT NULL REFERENCES enrolments (id),
  module BLOB NOT NULL REFERENCES modules (id),
  learner BLOB NOT NULL REFERENCES learners (id),
  begun_by BLOB NOT NULL,
  begun_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  length INTEGER,
  name BLOB
) STRICT;
CREATE INDEX uploads_begun_by ON uploads (begun_by);
CREATE INDEX uploads_expires_at ON uploads (expires_at);

CREATE TABLE evidence (
  id BLOB NOT NULL PRIMARY KEY,
  enrolment BLOB NOT NULL REFERENCES enrolments (id),
  module BLOB NOT NULL REFERENCES modules (id),
  learner BLOB NOT NULL REFERENCES learners (id),
  media_type TEXT NOT NULL,
  name BLOB NOT NULL,
  size INTEGER NOT NULL,
  sha256 BLOB NOT NULL,
  uploaded_by BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX evidence_enrolment ON evidence (enrolment, module);

CREATE TABLE assessments (
  id BLOB NOT NULL PRIMARY KEY,
  enrolment BLOB NOT NULL REFERENCES enrolments (id),
  module BLOB NOT NULL REFERENCES modules (id),
  learner BLOB NOT NULL REFERENCES learners (id),
  attempt INTEGER NOT NULL,
  kind TEXT NOT NULL,
  outcome TEXT NOT NULL,
  feedback BLOB,
  assessor BLOB NOT NULL,
  assessed_on TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  criteria_met TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX assessments_enrolment ON assessments (enrolment, module, kind, attempt);
CREATE TRIGGER assessments_no_update BEFORE UPDATE ON assessments BEGIN SELECT RAISE(ABORT, 'assessments is append-only'); END;
CREATE TRIGGER assessments_no_delete BEFORE DELETE ON assessments BEGIN SELECT RAISE(ABORT, 'assessments is append-only'); END;

CREATE TABLE samples (
  id BLOB NOT NULL PRIMARY KEY,
  programme BLOB NOT NULL REFERENCES programmes (id),
  percent INTEGER NOT NULL,
  floor INTEGER NOT NULL,
  seed BLOB NOT NULL,
  population INTEGER NOT NULL,
  drawn INTEGER NOT NULL,
  created_by BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX samples_programme ON samples (programme, id);
CREATE TRIGGER samples_no_update BEFORE UPDATE ON samples BEGIN SELECT RAISE(ABORT, 'samples is append-only'); END;
CREATE TRIGGER samples_no_delete BEFORE DELETE ON samples BEGIN SELECT RAISE(ABORT, 'samples is append-only'); END;

CREATE TABLE sample_items (
  sample BLOB NOT NULL REFERENCES samples (id),
  assessment BLOB NOT NULL REFERENCES assessments (id),
  enrolment BLOB NOT NULL REFERENCES enrolments (id),
  chosen INTEGER NOT NULL,
  PRIMARY KEY (sample, assessment)
) STRICT;
CREATE UNIQUE INDEX sample_items_assessment ON sample_items (assessment);
CREATE INDEX sample_items_chosen ON sample_items (sample, chosen, assessment);
CREATE TRIGGER sample_items_no_update BEFORE UPDATE ON sample_items BEGIN SELECT RAISE(ABORT, 'sample_items is append-only'); END;
CREATE TRIGGER sample_items_no_delete BEFORE DELETE ON sample_items BEGIN SELECT RAISE(ABORT, 'sample_items is append-only'); END;

CREATE TABLE moderations (
  id BLOB NOT NULL PRIMARY KEY,
  sample BLOB NOT NULL REFERENCES samples (id),
  assessment BLOB NOT NULL REFERENCES assessments (id),
  decision TEXT NOT NULL,
  reason BLOB,
  moderator BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX moderations_assessment ON moderations (assessment);
CREATE TRIGGER moderations_no_update BEFORE UPDATE ON moderations BEGIN SELECT RAISE(ABORT, 'moderations is append-only'); END;
CREATE TRIGGER moderations_no_delete BEFORE DELETE ON moderations BEGIN SELECT RAISE(ABORT, 'moderations is append-only'); END;

CREATE TABLE tasks (
  id BLOB NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  enrolment BLOB NOT NULL REFERENCES enrolments (id),
  module BLOB NOT NULL REFERENCES modules (id),
  programme BLOB NOT NULL REFERENCES programmes (id),
  learner BLOB NOT NULL REFERENCES learners (id),
  person BLOB,
  created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX tasks_enrolment ON tasks (enrolment, module, kind);
CREATE INDEX tasks_person ON tasks (person, id);
CREATE INDEX tasks_person_programme ON tasks (person, programme, id);
CREATE INDEX tasks_kind ON tasks (kind, id);
CREATE INDEX tasks_programme ON tasks (programme, id);

CREATE TABLE results (
  id BLOB NOT NULL PRIMARY KEY,
  enrolment BLOB NOT NULL REFERENCES enrolments (id),
  module BLOB NOT NULL REFERENCES modules (id),
  learner BLOB NOT NULL REFERENCES learners (id),
  assessment BLOB NOT NULL REFERENCES assessments (id),
  outcome TEXT NOT NULL,
  reverses BLOB,
  reason BLOB,
  created_by BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX results_enrolment ON results (enrolment, module);
CREATE UNIQUE INDEX results_reverses ON results (reverses);
CREATE TRIGGER results_no_update BEFORE UPDATE ON results BEGIN SELECT RAISE(ABORT, 'results is append-only'); END;
CREATE TRIGGER results_no_delete BEFORE DELETE ON results BEGIN SELECT RAISE(ABORT, 'results is append-only'); END;

CREATE TABLE statements (
  id BLOB NOT NULL PRIMARY KEY,
  number TEXT NOT NULL,
  enrolment BLOB NOT NULL REFERENCES enrolments (id),
  learner BLOB NOT NULL REFERENCES learners (id),
  body BLOB NOT NULL,
  issued_by BLOB NOT NULL,
  issued_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX statements_number ON statements (number);
CREATE INDEX statements_learner ON statements (learner);
CREATE INDEX statements_enrolment ON statements (enrolment);
CREATE TRIGGER statements_no_update BEFORE UPDATE ON statements BEGIN SELECT RAISE(ABORT, 'statements is append-only'); END;
CREATE TRIGGER statements_no_delete BEFORE DELETE ON statements BEGIN SELECT RAISE(ABORT, 'statements is append-only'); END;

CREATE TABLE settings (
  one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  body BLOB NOT NULL,
  version INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE counters (
  name TEXT NOT NULL,
  period TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (name, period)
) STRICT, WITHOUT ROWID;

CREATE TABLE import_reasons (
  import BLOB NOT NULL REFERENCES imports (id),
  column_name TEXT NOT NULL,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (import, column_name, code)
) STRICT, WITHOUT ROWID;
