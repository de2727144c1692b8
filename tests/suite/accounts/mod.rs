//! People and their browsers: signing in and out, and what belongs to an account.

mod sign_in;
