-- A tenant's records. No table has a tenant column: the cell is the tenant.
CREATE TABLE imports (
  id {bytes} NOT NULL PRIMARY KEY,
  state {text} NOT NULL,
  file_name {bytes} NOT NULL,
  rows_read {i64} NOT NULL,
  rows_kept {i64} NOT NULL,
  rows_refused {i64} NOT NULL,
  warnings {i64} NOT NULL,
  created_by {bytes},
  created_at {i64} NOT NULL,
  finished_at {i64}
) {strict};

CREATE TABLE import_failures (
  import {bytes} NOT NULL REFERENCES imports (id),
  line {i64} NOT NULL,
  seq {i64} NOT NULL,
  column_name {text} NOT NULL,
  code {text} NOT NULL,
  message {text} NOT NULL,
  content {bytes} NOT NULL,
  PRIMARY KEY (import, line, seq)
) {strict};

CREATE TABLE learners (
  id {bytes} NOT NULL PRIMARY KEY,
  id_kind {text} NOT NULL,
  id_index {bytes} NOT NULL,
  identity {bytes} NOT NULL,
  first_name {text} NOT NULL,
  middle_name {text} NOT NULL,
  last_name {text} NOT NULL,
  title {text} NOT NULL,
  fold {text} NOT NULL,
  contact {bytes} NOT NULL,
  profile {bytes} NOT NULL,
  state {text} NOT NULL,
  import {bytes},
  version {i64} NOT NULL,
  created_at {i64} NOT NULL,
  changed_at {i64} NOT NULL
) {strict};
CREATE UNIQUE INDEX learners_id_index ON learners (id_index);
CREATE INDEX learners_fold ON learners (fold, id);

CREATE TABLE identity_corrections (
  id {bytes} NOT NULL PRIMARY KEY,
  learner {bytes} NOT NULL REFERENCES learners (id),
  identity {bytes} NOT NULL,
  corrected_by {bytes} NOT NULL,
  corrected_at {i64} NOT NULL
) {strict};
CREATE INDEX identity_corrections_learner ON identity_corrections (learner);
{append_only identity_corrections}

CREATE TABLE access_queries (
  id {bytes} NOT NULL PRIMARY KEY,
  learner {bytes} NOT NULL REFERENCES learners (id),
  leaf {i64} NOT NULL,
  question {bytes} NOT NULL,
  asked_by {bytes} NOT NULL,
  asked_at {i64} NOT NULL
) {strict};
CREATE UNIQUE INDEX access_queries_learner ON access_queries (learner, leaf);
{append_only access_queries}

CREATE TABLE access_answers (
  query {bytes} NOT NULL PRIMARY KEY REFERENCES access_queries (id),
  answer {bytes} NOT NULL,
  answered_by {bytes} NOT NULL,
  answered_at {i64} NOT NULL
) {strict};
{append_only access_answers}

CREATE TABLE programmes (
  id {bytes} NOT NULL PRIMARY KEY,
  kind {text} NOT NULL,
  title {text} NOT NULL,
  saqa_id {text} NOT NULL,
  nqf_level {i64} NOT NULL,
  credits {i64} NOT NULL,
  sampling_percent {i64} NOT NULL,
  sampling_floor {i64} NOT NULL,
  attempts_limit {i64} NOT NULL,
  state {text} NOT NULL,
  version {i64} NOT NULL,
  created_at {i64} NOT NULL,
  changed_at {i64} NOT NULL
) {strict};
CREATE UNIQUE INDEX programmes_saqa_id ON programmes (saqa_id);

CREATE TABLE modules (
  id {bytes} NOT NULL PRIMARY KEY,
  programme {bytes} NOT NULL REFERENCES programmes (id),
  code {text} NOT NULL,
  kind {text} NOT NULL,
  title {text} NOT NULL,
  nqf_level {i64} NOT NULL,
  credits {i64} NOT NULL,
  position {i64} NOT NULL,
  criteria {text} NOT NULL
) {strict};
CREATE UNIQUE INDEX modules_programme ON modules (programme, code);

CREATE TABLE enrolments (
  id {bytes} NOT NULL PRIMARY KEY,
  learner {bytes} NOT NULL REFERENCES learners (id),
  programme {bytes} NOT NULL REFERENCES programmes (id),
  status {text} NOT NULL,
  enrolled_on {text} NOT NULL,
  expected_on {text},
  facilitator {bytes},
  assessor {bytes},
  moderator {bytes},
  verifier {bytes},
  version {i64} NOT NULL,
  created_at {i64} NOT NULL,
  changed_at {i64} NOT NULL
) {strict};
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
  person {bytes} NOT NULL,
  learner {bytes} NOT NULL REFERENCES learners (id),
  fold {text} NOT NULL,
  PRIMARY KEY (person, learner)
) {strict_keyed};
CREATE INDEX team_learners_fold ON team_learners (person, fold, learner);

CREATE TABLE enrolment_pauses (
  id {bytes} NOT NULL PRIMARY KEY,
  enrolment {bytes} NOT NULL REFERENCES enrolments (id),
  learner {bytes} NOT NULL REFERENCES learners (id),
  version {i64} NOT NULL,
  change {text} NOT NULL,
  status_before {text} NOT NULL,
  reason {bytes} NOT NULL,
  created_by {bytes} NOT NULL,
  created_at {i64} NOT NULL
) {strict};
CREATE UNIQUE INDEX enrolment_pauses_enrolment ON enrolment_pauses (enrolment, version);
{append_only enrolment_pauses}

CREATE TABLE uploads (
  id {bytes} NOT NULL PRIMARY KEY,
  enrolment {bytes} NOT NULL REFERENCES enrolments (id),
  module {bytes} NOT NULL REFERENCES modules (id),
  learner {bytes} NOT NULL REFERENCES learners (id),
  begun_by {bytes} NOT NULL,
  begun_at {i64} NOT NULL,
  expires_at {i64} NOT NULL,
  length {i64},
  name {bytes}
) {strict};
CREATE INDEX uploads_begun_by ON uploads (begun_by);
CREATE INDEX uploads_expires_at ON uploads (expires_at);

CREATE TABLE evidence (
  id {bytes} NOT NULL PRIMARY KEY,
  enrolment {bytes} NOT NULL REFERENCES enrolments (id),
  module {bytes} NOT NULL REFERENCES modules (id),
  learner {bytes} NOT NULL REFERENCES learners (id),
  media_type {text} NOT NULL,
  name {bytes} NOT NULL,
  size {i64} NOT NULL,
  sha256 {bytes} NOT NULL,
  uploaded_by {bytes} NOT NULL,
  created_at {i64} NOT NULL
) {strict};
CREATE INDEX evidence_enrolment ON evidence (enrolment, module);

CREATE TABLE assessments (
  id {bytes} NOT NULL PRIMARY KEY,
  enrolment {bytes} NOT NULL REFERENCES enrolments (id),
  module {bytes} NOT NULL REFERENCES modules (id),
  learner {bytes} NOT NULL REFERENCES learners (id),
  attempt {i64} NOT NULL,
  kind {text} NOT NULL,
  outcome {text} NOT NULL,
  feedback {bytes},
  assessor {bytes} NOT NULL,
  assessed_on {text} NOT NULL,
  created_at {i64} NOT NULL,
  criteria_met {text} NOT NULL
) {strict};
CREATE UNIQUE INDEX assessments_enrolment ON assessments (enrolment, module, kind, attempt);
{append_only assessments}

CREATE TABLE samples (
  id {bytes} NOT NULL PRIMARY KEY,
  programme {bytes} NOT NULL REFERENCES programmes (id),
  percent {i64} NOT NULL,
  floor {i64} NOT NULL,
  seed {bytes} NOT NULL,
  population {i64} NOT NULL,
  drawn {i64} NOT NULL,
  created_by {bytes} NOT NULL,
  created_at {i64} NOT NULL
) {strict};
CREATE INDEX samples_programme ON samples (programme, id);
{append_only samples}

CREATE TABLE sample_items (
  sample {bytes} NOT NULL REFERENCES samples (id),
  assessment {bytes} NOT NULL REFERENCES assessments (id),
  enrolment {bytes} NOT NULL REFERENCES enrolments (id),
  chosen {i64} NOT NULL,
  PRIMARY KEY (sample, assessment)
) {strict};
CREATE UNIQUE INDEX sample_items_assessment ON sample_items (assessment);
CREATE INDEX sample_items_chosen ON sample_items (sample, chosen, assessment);
{append_only sample_items}

CREATE TABLE moderations (
  id {bytes} NOT NULL PRIMARY KEY,
  sample {bytes} NOT NULL REFERENCES samples (id),
  assessment {bytes} NOT NULL REFERENCES assessments (id),
  decision {text} NOT NULL,
  reason {bytes},
  moderator {bytes} NOT NULL,
  created_at {i64} NOT NULL
) {strict};
CREATE UNIQUE INDEX moderations_assessment ON moderations (assessment);
{append_only moderations}

CREATE TABLE tasks (
  id {bytes} NOT NULL PRIMARY KEY,
  kind {text} NOT NULL,
  enrolment {bytes} NOT NULL REFERENCES enrolments (id),
  module {bytes} NOT NULL REFERENCES modules (id),
  programme {bytes} NOT NULL REFERENCES programmes (id),
  learner {bytes} NOT NULL REFERENCES learners (id),
  person {bytes},
  created_at {i64} NOT NULL
) {strict};
CREATE UNIQUE INDEX tasks_enrolment ON tasks (enrolment, module, kind);
CREATE INDEX tasks_person ON tasks (person, id);
CREATE INDEX tasks_person_programme ON tasks (person, programme, id);
CREATE INDEX tasks_kind ON tasks (kind, id);
CREATE INDEX tasks_programme ON tasks (programme, id);

CREATE TABLE results (
  id {bytes} NOT NULL PRIMARY KEY,
  enrolment {bytes} NOT NULL REFERENCES enrolments (id),
  module {bytes} NOT NULL REFERENCES modules (id),
  learner {bytes} NOT NULL REFERENCES learners (id),
  assessment {bytes} NOT NULL REFERENCES assessments (id),
  outcome {text} NOT NULL,
  reverses {bytes},
  reason {bytes},
  created_by {bytes} NOT NULL,
  created_at {i64} NOT NULL
) {strict};
CREATE INDEX results_enrolment ON results (enrolment, module);
CREATE UNIQUE INDEX results_reverses ON results (reverses);
{append_only results}

CREATE TABLE statements (
  id {bytes} NOT NULL PRIMARY KEY,
  number {text} NOT NULL,
  enrolment {bytes} NOT NULL REFERENCES enrolments (id),
  learner {bytes} NOT NULL REFERENCES learners (id),
  body {bytes} NOT NULL,
  issued_by {bytes} NOT NULL,
  issued_at {i64} NOT NULL
) {strict};
CREATE UNIQUE INDEX statements_number ON statements (number);
CREATE INDEX statements_learner ON statements (learner);
CREATE INDEX statements_enrolment ON statements (enrolment);
{append_only statements}

CREATE TABLE settings (
  one {i64} NOT NULL PRIMARY KEY CHECK (one = 1),
  body {bytes} NOT NULL,
  version {i64} NOT NULL,
  changed_at {i64} NOT NULL
) {strict};

CREATE TABLE counters (
  name {text} NOT NULL,
  period {text} NOT NULL,
  n {i64} NOT NULL,
  PRIMARY KEY (name, period)
) {strict_keyed};

CREATE TABLE import_reasons (
  import {bytes} NOT NULL REFERENCES imports (id),
  column_name {text} NOT NULL,
  code {text} NOT NULL,
  message {text} NOT NULL,
  n {i64} NOT NULL,
  PRIMARY KEY (import, column_name, code)
) {strict_keyed};
