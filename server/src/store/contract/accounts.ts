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
  /** @param within only keys whose scopes are all among these. Default: all. */
  listApiKeys(organizationId: string, page: Page, within?: readonly Scope[]): Promise<ApiKey[]>;
  /** False: the organization has no such key, or one with scopes outside `within`. */
  revokeApiKey(organizationId: string, id: string, now: number, within?: readonly Scope[]): Promise<boolean>;
}

export interface ApiKeyReader {
  /** The key with this hash, unless it is revoked. */
  findApiKey(hash: string): Promise<{ key: ApiKey; organization: Organization } | null>;
  touchApiKeys(ids: readonly string[], now: number): Promise<void>;
}

export interface SessionReader {
  /** Finds expired ones too. */
  findSession(hash: string): Promise<{ session: Session; organization: Organization } | null>;
}

/** Authenticates callers of the API. */
export interface CallerStore extends ApiKeyReader, SessionReader {}

/** Sessions and portal links. Those that came from an API key are not found once it is revoked. */
export interface SessionStore {
  insertPortalLink(link: PortalLink): Promise<void>;
  /** Finds expired ones too. */
  findPortalLink(hash: string): Promise<{ link: PortalLink; organization: Organization } | null>;
  /** The theme of a portal link, by the link's hash; null: it is unknown. */
  getPortalTheme(hash: string): Promise<Theme | null>;
  insertSession(session: Session): Promise<void>;
  deleteSession(hash: string): Promise<void>;
}

export interface SettingsReader {
  /** JSON; null: nothing was set. */
  getSettings(organizationId: string, provider: string): Promise<string | null>;
}

export interface SettingsStore extends SettingsReader {
  putSettings(organizationId: string, provider: string, settings: string, now: number): Promise<void>;
}
