//! People come in by links, mailed or handed over.

mod mail;
