//! A bundle that was built, or went, changes the program.

fn main() {
    println!("cargo::rerun-if-changed=static/built");
}
