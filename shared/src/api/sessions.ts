import { z } from 'zod';
import { organization, scopes } from './accounts.ts';
import { text, timestamp } from './fields.ts';

/** The longest logo, in characters of its `data:` URI: some 48 kB of image. */
const longestLogo = 65_536;

/** How the dashboard looks for a customer: as a part of the operator's product. */
export const theme = z
  .strictObject({
    name: text(60).min(1).optional().meta({ description: 'Shown instead of "Bellhop".' }),
    logo: z
      .string()
      .max(longestLogo)
      .regex(/^data:image\/(?:png|jpeg|webp|svg\+xml);base64,[A-Za-z0-9+/]+={0,2}$/, {
        error: 'must be an image as "data:image/png;base64,…" (png, jpeg, webp or svg+xml)',
      })
      .optional()
      .meta({ description: 'An image as a data: URI, as the dashboard calls no other host.' }),
    color: z
      .string()
      .regex(/^#[0-9a-fA-F]{6}$/, 'must be a color such as #1f6feb')
      .optional()
      .meta({ description: 'Of buttons and links.', examples: ['#1f6feb'] }),
  })
  .meta({ description: "What is left out is as the configuration file's dashboard.theme has it." });

export type Theme = z.output<typeof theme>;

/** What a customer may do who came by a portal link, unless the link says otherwise. */
export const portalScopes = ['webhooks:read', 'webhooks:write', 'api_keys:write'] as const;

export const portalLinkInput = z.strictObject({
  scopes: z
    .array(z.enum(scopes))
    .min(1)
    .optional()
    .meta({ description: `What the customer may do. Default: ${portalScopes.join(', ')}.` }),
  expires_in_seconds: z.int().min(60).max(86_400).optional().meta({
    description: 'How long the link lets the customer in. Default: 600.',
  }),
  session_seconds: z.int().min(60).max(86_400).optional().meta({
    description: 'How long the customer stays signed in. Default: 14,400.',
  }),
  theme: theme.optional(),
});

export const portalLink = z.object({
  url: z.string().meta({ description: 'Open it in a browser, or in an iframe where the configuration allows that.' }),
  expires_at: timestamp,
});

export const sessionInput = z
  .strictObject({
    api_key: z.string().min(1).max(200).optional().meta({ description: 'An API key of an organization.' }),
    portal_token: z
      .string()
      .regex(/^[A-Za-z0-9_-]{43}$/, 'is not the token of a portal link')
      .optional()
      .meta({ description: 'What stands behind # in the URL of a portal link.' }),
  })
  .refine(
    ({ api_key, portal_token }) => (api_key === undefined) !== (portal_token === undefined),
    'must have either api_key or portal_token',
  )
  .meta({ description: 'One of the two.' });

export const session = z.object({
  organization: organization.pick({ id: true, name: true }),
  scopes: z.array(z.enum(scopes)),
  kind: z.enum(['api_key', 'portal']).meta({ description: 'What it was signed in with.' }),
  expires_at: timestamp.nullable().meta({ description: 'null for a request with an API key itself.' }),
  theme,
  server: z.object({ name: z.literal('bellhop'), version: z.string() }),
});
