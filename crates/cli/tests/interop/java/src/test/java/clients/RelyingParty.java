package clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.AuthorizationGrant;
import com.nimbusds.oauth2.sdk.GrantType;
import com.nimbusds.oauth2.sdk.Response;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.ClientAuthenticationMethod;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.ClientSecretPost;
import com.nimbusds.oauth2.sdk.auth.JWTAuthenticationClaimsSet;
import com.nimbusds.oauth2.sdk.auth.PrivateKeyJWT;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.id.Audience;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.AuthenticationResponse;
import com.nimbusds.openid.connect.sdk.AuthenticationResponseParser;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.UserInfoRequest;
import com.nimbusds.openid.connect.sdk.UserInfoResponse;
import com.nimbusds.openid.connect.sdk.UserInfoSuccessResponse;
import com.nimbusds.openid.connect.sdk.claims.AccessTokenHash;
import com.nimbusds.openid.connect.sdk.claims.IDTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.rp.OIDCClientInformation;
import com.nimbusds.openid.connect.sdk.rp.OIDCClientInformationResponse;
import com.nimbusds.openid.connect.sdk.rp.OIDCClientMetadata;
import com.nimbusds.openid.connect.sdk.rp.OIDCClientRegistrationRequest;
import com.nimbusds.openid.connect.sdk.rp.OIDCClientRegistrationResponseParser;
import com.nimbusds.openid.connect.sdk.token.OIDCTokens;
import com.nimbusds.openid.connect.sdk.validators.AccessTokenValidator;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import java.net.URI;
import java.util.Set;
import java.util.function.Consumer;

/** A client made of the parts of the SDK, in the order of its manual: discovery, registration, request, tokens. */
final class RelyingParty {
    /** Nobody listens there: the user of these tests stops at the door and hands over the address. */
    static final URI REDIRECT_URI = URI.create("http://127.0.0.1:9/callback");
    static final URI SIGNED_OUT = URI.create("http://127.0.0.1:9/signed-out");
    static final Scope SCOPE = new Scope("openid", "profile", "email", "offline_access", "read:files");

    final OIDCProviderMetadata server;
    final OIDCClientInformation client;
    final JWKSet keys;

    /** Tokens, and what the verified ID token says. */
    record SignedIn(OIDCTokens tokens, IDTokenClaimsSet claims) {}

    private RelyingParty(OIDCProviderMetadata server, OIDCClientInformation client, JWKSet keys) {
        this.server = server;
        this.client = client;
        this.keys = keys;
    }

    /** Learns about the server from the server, and registers. {@code keys}: its own, with their private parts. */
    static RelyingParty register(
        Countersign system, ClientAuthenticationMethod method, JWKSet keys, Consumer<OIDCClientMetadata> wishes
    ) throws Exception {
        OIDCProviderMetadata server = OIDCProviderMetadata.resolve(new Issuer(system.issuer));
        OIDCClientMetadata wanted = new OIDCClientMetadata();
        wanted.setName("A client in Java");
        wanted.setRedirectionURI(REDIRECT_URI);
        wanted.setPostLogoutRedirectionURIs(Set.of(SIGNED_OUT));
        wanted.setGrantTypes(Set.of(GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN));
        wanted.setTokenEndpointAuthMethod(method);
        if (!keys.isEmpty()) {
            wanted.setJWKSet(keys.toPublicJWKSet());
        }
        wishes.accept(wanted);
        HTTPResponse answer =
            new OIDCClientRegistrationRequest(server.getRegistrationEndpointURI(), wanted, null).toHTTPRequest().send();
        var said = (OIDCClientInformationResponse) success(OIDCClientRegistrationResponseParser.parse(answer), answer);
        return new RelyingParty(server, said.getOIDCClientInformation(), keys);
    }

    private static Response success(Response read, HTTPResponse answer) {
        assertTrue(read.indicatesSuccess(), answer.getStatusCode() + ": " + answer.getBody());
        return read;
    }

    /** The authentication request and what has to be kept until its answer. */
    final class Begun {
        final State state = new State();
        final Nonce nonce = new Nonce();
        final CodeVerifier verifier = new CodeVerifier();
        final AuthenticationRequest request;

        Begun(Consumer<AuthenticationRequest.Builder> wishes) {
            var builder = new AuthenticationRequest.Builder(ResponseType.CODE, SCOPE, client.getID(), REDIRECT_URI)
                .endpointURI(server.getAuthorizationEndpointURI()).state(state).nonce(nonce)
                .codeChallenge(verifier, CodeChallengeMethod.S256);
            wishes.accept(builder);
            request = builder.build();
        }

        /** The user's way through the pages, up to the answer. */
        AuthenticationResponse answer(Browser browser) throws Exception {
            return answer(request, browser);
        }

        /** The same for a request that stands for this one. */
        AuthenticationResponse answer(AuthenticationRequest sent, Browser browser) throws Exception {
            AuthenticationResponse answer =
                AuthenticationResponseParser.parse(browser.open(sent.toURI(), REDIRECT_URI));
            assertEquals(state, answer.getState());
            assertEquals(server.getIssuer(), answer.getIssuer());
            return answer;
        }

        TokenResponse redeem(AuthorizationCode code) throws Exception {
            return token(new AuthorizationCodeGrant(code, REDIRECT_URI, verifier));
        }
    }

    /** Signs in, and verifies who it is. */
    SignedIn logIn(Browser browser, Consumer<AuthenticationRequest.Builder> wishes) throws Exception {
        Begun begun = new Begun(wishes);
        AuthenticationResponse answer = begun.answer(browser);
        assertTrue(answer.indicatesSuccess(), () -> answer.toErrorResponse().getErrorObject().toString());
        TokenResponse reply = begun.redeem(answer.toSuccessResponse().getAuthorizationCode());
        return verified(reply, begun.nonce);
    }

    /** Everything that the SDK checks of tokens. */
    SignedIn verified(TokenResponse reply, Nonce nonce) throws Exception {
        assertTrue(reply.indicatesSuccess(), () -> reply.toErrorResponse().getErrorObject().toString());
        OIDCTokens tokens = ((OIDCTokenResponse) reply).getOIDCTokens();
        IDTokenClaimsSet claims = validator().validate(tokens.getIDToken(), nonce);
        AccessTokenHash hash = claims.getAccessTokenHash();
        AccessTokenValidator.validate(tokens.getAccessToken(), signatureAlgorithm(), hash);
        return new SignedIn(tokens, claims);
    }

    /** Knows keys, algorithms and encryption by the metadata of both sides. */
    IDTokenValidator validator() throws Exception {
        JWKSource<SecurityContext> own = new ImmutableJWKSet<>(keys);
        return IDTokenValidator.create(server, client, keys.isEmpty() ? null : own);
    }

    private JWSAlgorithm signatureAlgorithm() {
        return client.getOIDCMetadata().getIDTokenJWSAlg();
    }

    /** A request to the token endpoint. */
    TokenResponse token(AuthorizationGrant grant) throws Exception {
        URI endpoint = server.getTokenEndpointURI();
        ClientAuthentication proof = authentication();
        TokenRequest.Builder request = proof == null
            ? new TokenRequest.Builder(endpoint, client.getID(), grant)
            : new TokenRequest.Builder(endpoint, proof, grant);
        return OIDCTokenResponseParser.parse(request.build().toHTTPRequest().send());
    }

    /** The proof of who the client is; none for a public one. */
    ClientAuthentication authentication() throws Exception {
        ClientAuthenticationMethod method = client.getMetadata().getTokenEndpointAuthMethod();
        if (method.equals(ClientAuthenticationMethod.CLIENT_SECRET_BASIC)) {
            return new ClientSecretBasic(client.getID(), client.getSecret());
        }
        if (method.equals(ClientAuthenticationMethod.CLIENT_SECRET_POST)) {
            return new ClientSecretPost(client.getID(), client.getSecret());
        }
        if (method.equals(ClientAuthenticationMethod.PRIVATE_KEY_JWT)) {
            var key = keys.getKeyByKeyId("sign").toECKey();
            var claims = new JWTAuthenticationClaimsSet(client.getID(), new Audience(server.getIssuer()));
            return new PrivateKeyJWT(claims, JWSAlgorithm.ES256, key.toPrivateKey(), key.getKeyID(), null);
        }
        assertEquals(ClientAuthenticationMethod.NONE, method);
        return null;
    }

    /** What the userinfo endpoint says: claims, or a JWT. */
    UserInfoSuccessResponse userinfo(OIDCTokens tokens) throws Exception {
        HTTPResponse answer = new UserInfoRequest(server.getUserInfoEndpointURI(), tokens.getBearerAccessToken())
            .toHTTPRequest().send();
        return (UserInfoSuccessResponse) success(UserInfoResponse.parse(answer), answer);
    }
}
