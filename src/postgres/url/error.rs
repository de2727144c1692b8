//! Why a connection URL was refused. Quotes nothing that could be a part of a password.

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error(
        "A connection URL starts with postgresql://, as in postgresql://user:password@host:5432/database."
    )]
    Scheme,
    #[error("A URL that starts with {scheme} is {whose}: start it with postgresql:// instead.")]
    OtherScheme {
        scheme: &'static str,
        whose: &'static str,
    },
    #[error("In the URL, % must be followed by two hexadecimal digits; write %25 for a literal %.")]
    Percent,
    #[error("A part of the URL is not UTF-8 text, or contains a NUL.")]
    NotText,
    #[error(
        "The URL has an @ in the wrong place: in the user name or password, write %40 for @, %2F for / and %3F for ?."
    )]
    At,
    #[error("Write an IPv6 address in brackets, as in [::1]:5432.")]
    Bracket,
    #[error(
        "The port is not a number from 1 to 65535; write an IPv6 address in brackets, as in [::1]:5432."
    )]
    Port,
    #[error("The URL must name the host, as in postgresql://user:password@host:5432/database.")]
    HostMissing,
    #[error("The URL must name the user, as in postgresql://user:password@host:5432/database.")]
    UserMissing,
    #[error("The URL must give one port, or as many ports as hosts.")]
    PortCount,
    #[error("`hostaddr` must give as many addresses as there are hosts.")]
    HostAddressCount,
    #[error("The hosts of a URL must be either all network hosts or all socket directories.")]
    MixedHosts,
    #[error("Write the parameters after the ? as name=value, with an & between them.")]
    ParameterShape,
    #[error("The parameter `{name}` is not known; known are {}.", known.join(", "))]
    UnknownParameter {
        name: String,
        known: &'static [&'static str],
    },
    /// The name, or the name and its value, are those of a table of ours.
    #[error("`{parameter}` cannot be in the URL: {instead}.")]
    Refused {
        parameter: String,
        instead: &'static str,
    },
    #[error("The parameter `{parameter}` must be {allowed}.")]
    Value {
        parameter: &'static str,
        allowed: &'static str,
    },
    #[error(
        "`sslrootcert=system` needs `sslmode=verify-full`, because anyone can get a certificate from those authorities."
    )]
    SystemNeedsVerifyFull,
    #[error("`sslnegotiation=direct` needs `sslmode=require` or stronger.")]
    DirectNeedsRequire,
    #[error("`sslcert` and `sslkey` go together: one names the certificate, the other its key.")]
    CertificateNeedsKey,
    #[error("`ssl_min_protocol_version` is above `ssl_max_protocol_version`.")]
    NoProtocolVersion,
}
