import { z } from 'zod';
import { organization, origin, scopes } from './accounts.ts';
import { id, text, timestamp } from './fields.ts';

/** Characters of the logo's `data:` URI: about 48 kB of image. */
const maximumLogoLength = 65_536;

/** The operator's branding of the dashboard. */
export const theme = z
  .strictObject({
    name: text(60).min(1).optional().meta({ description: 'Shown instead of "Bellhop".' }),
    logo: z
      .string()
      .max(maximumLogoLength)
      .regex(/^data:image\/(?:png|jpeg|webp|svg\+xml);base64,[A-Za-z0-9+/]+={0,2}$/, {
        error: 'must be an image such as "data:image/png;base64,…" (png, jpeg, webp or svg+xml)',
      })
      .optional()
      .meta({ description: 'An image as a data: URI; the dashboard loads nothing from other hosts.' }),
    color: z
      .string()
      .regex(/^#[0-9a-fA-F]{6}$/, 'must be a color such as #1f6feb')
      .optional()
      .meta({ description: 'Color of buttons and links.', examples: ['#1f6feb'] }),
  })
  .meta({ description: 'Default of each field: dashboard.theme in the configuration file.' });

export type Theme = z.output<typeof theme>;

/** Default scopes of a portal link. */
export const portalScopes = ['webhooks:read', 'webhooks:write', 'api_keys:write'] as const;

export const portalLinkInput = z.strictObject({
  scopes: z
    .array(z.enum(scopes))
    .min(1)
    .optional()
    .meta({ description: `What the customer can do. Default: ${portalScopes.join(', ')}.` }),
  expires_in_seconds: z.int().min(60).max(86_400).optional().meta({
    description: 'How long the link is valid. Default: 600.',
  }),
  session_seconds: z.int().min(60).max(86_400).optional().meta({
    description: 'How long the customer stays signed in. Default: 14,400.',
  }),
  single_use: z.boolean().optional().meta({
    description:
      'True for a link that signs in once. Default: false, as browsers reload frames and mail scanners open links.',
  }),
  theme: theme.optional(),
});

export const portalLink = z.object({
  id: id('portalLink'),
  scopes: z.array(z.enum(scopes)),
  single_use: z.boolean(),
  session_seconds: z.number(),
  created_at: timestamp,
  expires_at: timestamp,
  used_at: timestamp.nullable().meta({ description: 'When it was last used to sign in.' }),
  ...origin,
});

export const createdPortalLink = portalLink.extend({
  url: z.string().meta({
    description:
      'Open it in a browser, or in an iframe if the configuration allows that. Shown only once; the server stores a hash.',
  }),
});

export const sessionInput = z
  .strictObject({
    api_key: z.string().min(1).max(200).optional().meta({ description: 'An API key of an organization.' }),
    portal_token: z
      .string()
      .regex(/^[A-Za-z0-9_-]{43}$/, 'is not the token of a portal link')
      .optional()
      .meta({ description: 'The part after # in the URL of a portal link.' }),
  })
  .refine(
    ({ api_key, portal_token }) => (api_key === undefined) !== (portal_token === undefined),
    'must have either api_key or portal_token',
  )
  .meta({ description: 'Exactly one of the two.' });

export const session = z.object({
  organization: organization.pick({ id: true, name: true }),
  scopes: z.array(z.enum(scopes)),
  kind: z.enum(['api_key', 'portal']).meta({ description: 'How the session was signed in.' }),
  expires_at: timestamp
    .nullable()
    .meta({ description: 'null when the request carries an API key instead of a session.' }),
  theme,
  server: z.object({ name: z.literal('bellhop'), version: z.string() }),
});
