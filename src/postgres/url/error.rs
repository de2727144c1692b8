//! Why a connection URL was refused. Quotes nothing that could be a part of a password.

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error(
        "A connection URL starts with postgresql://, as in postgresql://user:password@host:5432/database."
    )]
    Scheme,
    #[error(
        "A URL that starts with {scheme} is {whose}: start it with postgresql:// in its place."
    )]
    OtherScheme {
        scheme: &'static str,
        whose: &'static str,
    },
    #[error(
        "In the URL a % is followed by two hexadecimal digits; a % that stands for itself is written %25."
    )]
    Percent,
    #[error("A part of the URL is not UTF-8 text, or contains a NUL.")]
    NotText,
    #[error(
        "An @ stands where none can be: in the user name or password @ is written %40, / is %2F and ? is %3F."
    )]
    At,
    #[error("An IPv6 address is written in brackets, as in [::1]:5432.")]
    Bracket,
    #[error(
        "The port is not a number from 1 to 65535; an IPv6 address is written in brackets, as in [::1]:5432."
    )]
    Port,
    #[error("The URL has to name the host, as in postgresql://user:password@host:5432/database.")]
    HostMissing,
    #[error("The URL has to name the user, as in postgresql://user:password@host:5432/database.")]
    UserMissing,
    #[error("The URL has to give one port, or as many ports as hosts.")]
    PortCount,
    #[error("`hostaddr` has to give as many addresses as there are hosts.")]
    HostAddressCount,
    #[error("The hosts of one URL are either all network hosts or all socket directories.")]
    MixedHosts,
    #[error("A parameter after the ? is written name=value, and the next one follows after an &.")]
    ParameterShape,
    #[error("The parameter `{name}` is not known; known are {}.", known.join(", "))]
    UnknownParameter {
        name: String,
        known: &'static [&'static str],
    },
    /// The name, or the name and its value, are those of a table of ours.
    #[error("`{parameter}` cannot stand in the URL: {instead}.")]
    Refused {
        parameter: String,
        instead: &'static str,
    },
    #[error("The parameter `{parameter}` has to be {allowed}.")]
    Value {
        parameter: &'static str,
        allowed: &'static str,
    },
    #[error(
        "`sslrootcert=system` needs `sslmode=verify-full`, as everyone can get a certificate from those authorities."
    )]
    SystemNeedsVerifyFull,
    #[error("`sslnegotiation=direct` needs `sslmode=require` or stronger.")]
    DirectNeedsRequire,
    #[error("`sslcert` and `sslkey` go together: one names the certificate, the other its key.")]
    CertificateNeedsKey,
    #[error("`ssl_min_protocol_version` is above `ssl_max_protocol_version`.")]
    NoProtocolVersion,
}
