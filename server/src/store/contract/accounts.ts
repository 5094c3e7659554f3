import type { Scope } from '@bellhop/shared';
import type { Theme } from '@bellhop/shared/api/sessions';
import type { ApiKey, Organization, Page, PortalLink, Session } from '../../model.ts';

export interface OrganizationReader {
  getOrganization(id: string): Promise<Organization | null>;
}

/** The ids of what was revoked, at any depth. */
export interface Ended {
  readonly keys: readonly string[];
  readonly links: readonly string[];
}

export interface AccountStore extends OrganizationReader {
  insertOrganization(organization: Organization): Promise<void>;
  listOrganizations(page: Page): Promise<Organization[]>;
  /** False: the key or link that it would end with has ended. */
  insertApiKey(key: ApiKey): Promise<boolean>;
  /** @param within only keys whose scopes are all among these. Default: all. */
  listApiKeys(organizationId: string, page: Page, within?: readonly Scope[]): Promise<ApiKey[]>;
  /**
   * Revokes a key and all that was made with it. Null: the organization has no such key, or one with scopes outside
   * `within`.
   */
  revokeApiKey(organizationId: string, id: string, now: number, within?: readonly Scope[]): Promise<Ended | null>;
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

/** Sessions and portal links. Those that came from an API key or a link are not found once it is revoked. */
export interface SessionStore {
  /** False: the key or link that it would end with has ended. */
  insertPortalLink(link: PortalLink): Promise<boolean>;
  /** Finds expired ones too. */
  findPortalLink(hash: string): Promise<{ link: PortalLink; organization: Organization } | null>;
  /** The theme of a portal link, by the link's hash; null: it is unknown. */
  getPortalTheme(hash: string): Promise<Theme | null>;
  /** Links that are kept, newest first. */
  listPortalLinks(organizationId: string, page: Page): Promise<PortalLink[]>;
  /** Revokes a link and all that was made with it. Null: the organization has no such link. */
  revokePortalLink(organizationId: string, id: string, now: number): Promise<Ended | null>;
  /** False: the link it came by has ended, or signs in once and did. */
  insertSession(session: Session): Promise<boolean>;
  deleteSession(hash: string): Promise<void>;
}

export interface SettingsReader {
  /** JSON; null: nothing was set. */
  getSettings(organizationId: string, provider: string): Promise<string | null>;
}

export interface SettingsStore extends SettingsReader {
  putSettings(organizationId: string, provider: string, settings: string, now: number): Promise<void>;
}
