//! What is public: the trust page and disclosure. Its place; it comes with an issue of its own.
