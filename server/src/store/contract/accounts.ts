import type { Scope } from '@bellhop/shared';
import type { Theme } from '@bellhop/shared/api/sessions';
import type { ApiKey, Organization, Page, PortalLink, Session } from '../../model.ts';

export interface OrganizationReader {
  getOrganization(id: string): Promise<Organization | null>;
}

export interface AccountStore extends OrganizationReader {
  insertOrganization(organization: Organization): Promise<void>;
  listOrganizations(page: Page): Promise<Organization[]>;
  insertApiKey(key: ApiKey): Promise<void>;
  /** @param within only keys that have no scopes but these. Default: all. */
  listApiKeys(organizationId: string, page: Page, within?: readonly Scope[]): Promise<ApiKey[]>;
  /** False when the organization has no such key, or it has other scopes than those `within`. */
  revokeApiKey(organizationId: string, id: string, now: number, within?: readonly Scope[]): Promise<boolean>;
}

export interface ApiKeyReader {
  /** The key with this hash, unless it is revoked. */
  findApiKey(hash: string): Promise<{ key: ApiKey; organization: Organization } | null>;
  touchApiKeys(ids: readonly string[], now: number): Promise<void>;
}

export interface SessionReader {
  /** Also finds one that has expired. */
  findSession(hash: string): Promise<{ session: Session; organization: Organization } | null>;
}

/** Who calls the API. */
export interface CallerStore extends ApiKeyReader, SessionReader {}

/** Of the dashboard. What was signed in with an API key, or made by one, is not found any more once the key is revoked. */
export interface SessionStore {
  insertPortalLink(link: PortalLink): Promise<void>;
  /** Also finds one that has expired. */
  findPortalLink(hash: string): Promise<{ link: PortalLink; organization: Organization } | null>;
  /** What a portal link says of the theme, by the link's hash; null: it is not known any more. */
  getPortalTheme(hash: string): Promise<Theme | null>;
  insertSession(session: Session): Promise<void>;
  deleteSession(hash: string): Promise<void>;
}

export interface SettingsReader {
  /** What the organization set, as JSON text; null when it has set nothing. */
  getSettings(organizationId: string, provider: string): Promise<string | null>;
}

export interface SettingsStore extends SettingsReader {
  putSettings(organizationId: string, provider: string, settings: string, now: number): Promise<void>;
}
